"""Export targets: the lockfile as the file of another tool, one target per module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export import (
    as_json,
    bake,
    buildkit,
    compose,
    helm_values,
    imgpkg,
    kustomize,
    plain_list,
    regsync,
    skopeo,
    skopeo_copy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.export.target import ExportTarget

EXPORTS: Final[Mapping[str, ExportTarget]] = {
    "bake": bake,
    "buildkit": buildkit,
    "compose": compose,
    "helm-values": helm_values,
    "imgpkg": imgpkg,
    "json": as_json,
    "kustomize": kustomize,
    "list": plain_list,
    "regsync": regsync,
    "skopeo": skopeo,
    "skopeo-copy": skopeo_copy,
}
"""The targets of `imagelock export` by name."""
