"""Charts in registries (`oci://`): an address and a version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason
from imagelock.sources.helm.open_text import is_open
from imagelock.sources.shared.source_file import DUPLICATE_KEY
from imagelock.syntax.yaml_json.paths import is_written_twice
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_KEYS: Final = (
    *("chart", "name", "repo", "repository", "version"),
    *("chartName", "chartVersion", "repoURL", "repositoryURL", "targetRevision"),
    *("chart_ref", "chart_version", "chartname", "remoteChart", "url"),
)
_SCHEME: Final = "oci://"
_EXACT: Final = re.compile(
    r"v?[0-9]++\.[0-9]++\.[0-9]++(?:-[0-9A-Za-z.-]++)?(?:\+[0-9A-Za-z.-]++)?"
    r"(?:@sha256:[a-f0-9]{64})?"
)
"""A SemVer version, perhaps with a digest; anything else is a range to Helm."""
_TAG: Final = re.compile(r"(?!.*\.[xX*])[A-Za-z0-9_][A-Za-z0-9_.-]*+")


def is_oci(address: str) -> bool:
    """Return whether *address* is that of a chart in a registry."""
    return address.startswith(_SCHEME)


def is_exact(version: str) -> bool:
    """Return whether *version* is one version, and no range of them."""
    return _EXACT.fullmatch(version) is not None


def oci_reference(address: str, version: str) -> str:
    """Return the reference to the chart at *address* in its exact *version*.

    A tag has no `+`: Helm writes `_` for it.
    """
    name = address.removeprefix(_SCHEME).rstrip("/")
    return f"{name}:{version.replace('+', '_')}"


def oci_chart(
    file: SubstitutedFile,
    address: str,
    version: NodeRef,
    unpinnable_reason: str | None = None,
    *,
    locked: str = "",
) -> Found:
    """Return the chart at *address* (`oci://…`) in its *version*.

    With *unpinnable_reason*, no digest can be written behind the version. *locked* is
    the exact version that a range stands for, if that is known.
    """
    node = version.node
    value = node.value.strip() if isinstance(node, Scalar) else ""
    if is_written_twice(version.parent, *_KEYS):
        return file.skip(version, Reason.DUPLICATE_KEY, DUPLICATE_KEY)
    if locked and not _EXACT.fullmatch(value):
        value = locked
    if not is_open(value) and not _EXACT.fullmatch(value):
        detail = f"`{value}`: it stands for a range of versions, not one"
        return file.skip(version, Reason.CONSTRAINT, detail)
    reference = oci_reference(address, value)
    return _classified(file, reference, version, unpinnable_reason)


def oci_artifact(
    file: SubstitutedFile,
    address: str,
    revision: NodeRef,
    unpinnable_reason: str | None = None,
) -> Found:
    """Return the artifact at *address* (`oci://…`) at *revision*.

    That is a tag of any form, the digest of a manifest, or a range of versions.
    """
    node = revision.node
    value = node.value.strip() if isinstance(node, Scalar) else ""
    if value.startswith("sha256:"):
        name = address.removeprefix(_SCHEME).rstrip("/")
        return _classified(file, f"{name}@{value}", revision, unpinnable_reason)
    if is_written_twice(revision.parent, *_KEYS) or not _TAG.fullmatch(value):
        return oci_chart(file, address, revision, unpinnable_reason)
    reference = oci_reference(address, value)
    return _classified(file, reference, revision, unpinnable_reason)


def _classified(
    file: SubstitutedFile,
    reference: str,
    at: NodeRef,
    unpinnable_reason: str | None,
) -> Found:
    finding = file.classify(reference, at)
    if isinstance(finding, Occurrence):
        return replace(finding, unpinnable_reason=unpinnable_reason)
    return finding
