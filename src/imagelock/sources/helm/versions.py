"""Charts in registries (`oci://`), which are named by an address and a version."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_SCHEME: Final = "oci://"
_EXACT: Final = re.compile(
    r"v?[0-9]++\.[0-9]++\.[0-9]++(?:-[0-9A-Za-z.-]++)?(?:\+[0-9A-Za-z.-]++)?"
    r"(?:@sha256:[a-f0-9]{64})?"
)
"""One version of SemVer, perhaps with a digest; all else is a range to Helm."""


def is_in_registry(address: str) -> bool:
    """Tell whether a chart at *address* comes from a registry."""
    return address.startswith(_SCHEME)


def chart(
    file: SubstitutedFile,
    address: str,
    version: NodeRef,
    unpinnable_reason: str | None = None,
) -> Found:
    """Return the chart at the *address* with `oci://`, at the *version*.

    *unpinnable_reason* says why no digest can be written behind the version.
    """
    node = version.node
    written = node.value.strip() if isinstance(node, Scalar) else ""
    if "{{" not in written and not _EXACT.fullmatch(written):
        detail = f"`{written}`: it stands for a range of versions, not one"
        return file.skip(version, Reason.CONSTRAINT, detail)
    name = address.removeprefix(_SCHEME).rstrip("/")
    # `+` is no letter of a tag: Helm writes `_` for it.
    found = file.classify(f"{name}:{written.replace('+', '_')}", version)
    return (
        replace(found, unpinnable_reason=unpinnable_reason)
        if isinstance(found, Occurrence)
        else found
    )
