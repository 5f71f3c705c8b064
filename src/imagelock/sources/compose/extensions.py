"""Images in the extensions (`x-…`) of a Compose file that no service uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.compose.file import is_nothing
from imagelock.sources.shared.source_file import quoted
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.span import Span
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.yaml_json.tree import Node, Sequence


def unused_images(file: ComposeFile, used: frozenset[Span]) -> Iterator[Skipped]:
    """Yield each `image` in an extension of *file* that is not at a *used* span."""
    for scalar, use in _images(file):
        place = file.trimmed_place((scalar.start, scalar.end), use)
        if place.span not in used:
            detail = f"{quoted(place.text)}: no service uses this part of the file"
            yield Skipped(place=place, reason=Reason.UNUSED_EXTENSION, detail=detail)


def _images(file: ComposeFile) -> Iterator[tuple[Scalar, str]]:
    """Yield each scalar with the key `image` in an extension, and its path."""
    waiting: list[tuple[Node, str]] = [
        (node, key.value)
        for document in reversed(file.documents)
        for key, node in reversed(document.pairs)
        if key.value.startswith("x-")
    ]
    seen: set[int] = set()
    while waiting:
        node, path = waiting.pop()
        # An anchor and its aliases are one node.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            if path.endswith(".image") and node.value and not is_nothing(node):
                yield node, path
        else:
            waiting += [(child, path + step) for step, child in _children(node)]


def _children(node: Mapping | Sequence) -> list[tuple[str, Node]]:
    """Return the steps to the children of *node*, with the children, last first."""
    if isinstance(node, Mapping):
        return [(f".{key.value}", child) for key, child in reversed(node.pairs)]
    items = reversed(list(enumerate(node.items)))
    return [(f"[{number}]", child) for number, child in items]
