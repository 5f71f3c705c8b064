"""Export targets: the lockfile as the file of another tool, one target per module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from imagelock.entry_points import EXPORT, guarded, load
from imagelock.errors import UsageError, did_you_mean
from imagelock.export import (
    admission_policy,
    as_json,
    bake,
    buildkit,
    compose,
    containers_policy,
    dependabot,
    gatekeeper,
    harbor_replication,
    helm_values,
    imgpkg,
    kustomize,
    kyverno,
    plain_list,
    policy_controller,
    regctl,
    regsync,
    renovate,
    sbom,
    sbom_spdx,
    skopeo,
    skopeo_copy,
    zot_sync,
)
from imagelock.export.target import GuardedTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.export.target import ExportTarget

EXPORTS: Final[Mapping[str, ExportTarget]] = {
    "admission-policy": admission_policy,
    "bake": bake,
    "buildkit": buildkit,
    "compose": compose,
    "containers-policy": containers_policy,
    "dependabot": dependabot,
    "gatekeeper": gatekeeper,
    "harbor-replication": harbor_replication,
    "helm-values": helm_values,
    "imgpkg": imgpkg,
    "json": as_json,
    "kustomize": kustomize,
    "kyverno": kyverno,
    "list": plain_list,
    "policy-controller": policy_controller,
    "regctl": regctl,
    "regsync": regsync,
    "renovate": renovate,
    "sbom": sbom,
    "sbom-spdx": sbom_spdx,
    "skopeo": skopeo,
    "skopeo-copy": skopeo_copy,
    "zot-sync": zot_sync,
}
"""The targets of `imagelock export` by name."""


def find_target(name: str, plugins: Sequence[str] = ()) -> ExportTarget:
    """Return the target *name*: a built-in one, or one of *plugins*.

    Raises:
        UsageError: there is no such target, or its package cannot be used.
    """
    if name in EXPORTS:
        return EXPORTS[name]
    if name not in plugins:
        names = [*EXPORTS, *plugins]
        raise UsageError(
            f"there is no target `{name}`",
            hint=did_you_mean(name, names)
            or f"use one of {', '.join(names)}, or name a plug-in in `plugins.exports`",
        )
    target = cast("ExportTarget", load(EXPORT, name))
    return GuardedTarget(target.SUMMARY, guarded(EXPORT, name, target.export))
