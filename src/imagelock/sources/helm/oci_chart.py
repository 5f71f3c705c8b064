"""Charts in registries (`oci://`): an address and a version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason
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
_OPEN: Final = re.compile(r"\{\{|\$[({A-Za-z_]")
"""What stands for something that is not known, rather than for a range."""
_TAG: Final = re.compile(r"(?!.*\.[xX*])[A-Za-z0-9_][A-Za-z0-9_.-]*+")


def is_oci(address: str) -> bool:
    """Return whether *address* is that of a chart in a registry."""
    return address.startswith(_SCHEME)


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
    if not _OPEN.search(value) and not _EXACT.fullmatch(value):
        detail = f"`{value}`: it stands for a range of versions, not one"
        return file.skip(version, Reason.CONSTRAINT, detail)
    # A tag has no `+`: Helm writes `_` for it.
    return _classified(
        file, address, f":{value.replace('+', '_')}", version, unpinnable_reason
    )


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
        return _classified(file, address, f"@{value}", revision, unpinnable_reason)
    if is_written_twice(revision.parent, *_KEYS) or not _TAG.fullmatch(value):
        return oci_chart(file, address, revision, unpinnable_reason)
    return _classified(file, address, f":{value}", revision, unpinnable_reason)


def _classified(
    file: SubstitutedFile,
    address: str,
    suffix: str,
    at: NodeRef,
    unpinnable_reason: str | None,
) -> Found:
    name = address.removeprefix(_SCHEME).rstrip("/")
    finding = file.classify(f"{name}{suffix}", at)
    if isinstance(finding, Occurrence):
        return replace(finding, unpinnable_reason=unpinnable_reason)
    return finding
