"""The text of a node that names an image, and where it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.kubernetes.kinds import Role
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from imagelock.sources.kubernetes.candidates import Candidate

_BLANK: Final = " \t\r\n"
_ADDRESS: Final = re.compile(r"(?:docker|oci)://")


def name_in(source: str, candidate: Candidate) -> tuple[str, int, int] | None:
    """Return the name in *candidate* with its character offsets, if it has one."""
    node = candidate.at.node
    start, end = _trimmed(source, node.start, node.end)
    if not isinstance(node, Scalar):
        # `{{ image }}` is a mapping in a mapping to a YAML parser.
        is_template = source.startswith("{{", start)
        return (source[start:end], start, end) if is_template else None
    value = node.value.strip(_BLANK)
    if candidate.role is Role.ADDRESS:
        scheme = _ADDRESS.match(value)
        if scheme is None:
            return None
        value = value[scheme.end() :]
        start += scheme.end() if source.startswith(scheme[0], start) else 0
    return None if node.null or not value else (value, start, end)


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    piece = source[start:end].rstrip(_BLANK)
    return start + len(piece) - len(piece.lstrip(_BLANK)), start + len(piece)
