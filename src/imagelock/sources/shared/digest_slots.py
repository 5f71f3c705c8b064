"""Slots of digests: in a key for the digest, in a new one, or behind a tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import DigestSlot, Occurrence
from imagelock.sources.shared.merge_uses import merge_uses
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.syntax.yaml_json.tree import Node

_HEX: Final = re.compile(r"[a-f0-9]{64}")
_DIGEST: Final = re.compile(r"sha256:[a-f0-9]{64}")
SHARED_TEXT: Final = "two images are written with this text, and a digest is of one"


def slot_of(
    text: Text, parent: Node | None, key: str, template: str
) -> DigestSlot | None:
    """Return the slot in the value of *key* of the mapping *parent*.

    An empty value gets *template* (`{digest}` or `{hex}`), and a digest is replaced
    by one with the same prefix. `None` if the value is written elsewhere, as with an
    anchor, or is not a digest.
    """
    node = parent.get(key) if isinstance(parent, Mapping) else None
    if not isinstance(node, Scalar) or node.block or not _is_inside(parent, node):
        return None
    before = text.value[max(node.start - 2, 0) : node.start]
    span = text.span(node.start, node.end)
    if node.start == node.end:
        if before.endswith(('"', "'", ": ")):
            return DigestSlot(span, template)
        return DigestSlot(span, f" {template}") if before.endswith(":") else None
    digest = text.value[node.start : node.end]
    if _DIGEST.fullmatch(digest):
        return DigestSlot(span, "{digest}")
    return DigestSlot(span, "{hex}") if _HEX.fullmatch(digest) else None


def slot_behind(text: Text, scalar: Scalar) -> DigestSlot:
    """Return the slot behind the tag in *scalar*, as `@sha256:…`."""
    start, end = scalar.start, scalar.end
    name, at, _ = text.value[start:end].partition("@")
    if at:
        return DigestSlot(text.span(start + len(name), end), "@{digest}")
    return DigestSlot(text.span(end, end), "@{digest}")


def new_slot(
    text: Text, parent: Node | None, beside: str, key: str, template: str
) -> DigestSlot | None:
    """Return the slot of a new *key* in the mapping *parent*, behind the key *beside*.

    `None` if the mapping is written elsewhere, as with an anchor, or *beside* has a
    value of several lines.
    """
    pairs = parent.pairs if isinstance(parent, Mapping) else ()
    for name, node in pairs:
        if name.value != beside or not isinstance(node, Scalar) or parent is None:
            continue
        if node.block or not _is_inside(parent, node):
            return None
        if text.value.startswith("{", parent.start):
            return _slot_in_flow(text, name, node, key, template)
        return _slot_in_block(text, name, node, key, template)
    return None


def _slot_in_flow(
    text: Text, name: Scalar, node: Scalar, key: str, template: str
) -> DigestSlot:
    """Return the slot of *key* behind *node* in a flow mapping or JSON object."""
    source = text.value
    end = node.end + (source[node.start - 1 : node.start] in {'"', "'"})
    if source[name.start - 1] == '"':
        return DigestSlot(text.span(end, end), f', "{key}": "{template}"')
    return DigestSlot(text.span(end, end), f", {key}: {template}")


def _slot_in_block(
    text: Text, name: Scalar, node: Scalar, key: str, template: str
) -> DigestSlot | None:
    """Return the slot of *key* in a new line below that of *node*."""
    source = text.value
    line = source.rfind("\n", 0, name.start) + 1
    before = source[line : name.start].rstrip("\"'")
    if before.strip(" -") or "\n" in source[name.start : node.end]:
        return None
    end = source.find("\n", node.end)
    ending = "\n"
    if end < 0:
        end = len(source)
    elif source[end - 1] == "\r":
        end, ending = end - 1, "\r\n"
    return DigestSlot(
        text.span(end, end), f"{ending}{' ' * len(before)}{key}: {template}"
    )


def _is_inside(parent: Node | None, node: Scalar) -> bool:
    """Return whether *node* is written in *parent*, not where an anchor is."""
    return parent is not None and parent.start <= node.start <= parent.end


def digest_of(node: Node | None) -> str:
    """Return the digest in *node*, with its algorithm, or an empty text."""
    value = node.value.strip() if isinstance(node, Scalar) else ""
    return f"sha256:{value}" if _HEX.fullmatch(value) else value


def merge_duplicates(findings: Iterable[Found]) -> Iterator[Found]:
    """Yield *findings* in the order of the text, each once with all its uses.

    Where the digests of two references would go to one place, neither can be pinned.
    """
    merged = merge_uses(findings)
    yield from without_shared_slots(
        sorted(merged, key=lambda finding: finding.place.span)
    )


def without_shared_slots(findings: list[Found]) -> Iterator[Found]:
    """Yield *findings*, without a slot where two references would have the same."""
    images: dict[tuple[PurePosixPath, Span], set[Reference]] = {}
    for finding in findings:
        if isinstance(finding, Occurrence):
            images.setdefault(_target(finding), set()).add(finding.reference)
    for finding in findings:
        if isinstance(finding, Occurrence) and len(images[_target(finding)]) > 1:
            yield replace(
                finding,
                slot=None,
                unpinnable_reason=finding.unpinnable_reason or SHARED_TEXT,
            )
        else:
            yield finding


def _target(occurrence: Occurrence) -> tuple[PurePosixPath, Span]:
    span = occurrence.slot.span if occurrence.slot else occurrence.place.span
    return occurrence.place.path, span
