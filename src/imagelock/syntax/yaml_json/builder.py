"""Build the nodes of a document from the inside out, within limits."""

from __future__ import annotations

from typing import Final

from imagelock.dataclass import dataclass, field
from imagelock.errors import UnreadableFileError
from imagelock.syntax.yaml_json.tree import Mapping, Node, Scalar, Sequence

DEEPEST: Final = 200
"""Levels of nesting with aliases expanded; recursion over a document is safe."""

MOST_NODES: Final = 1_000_000
"""Nodes and merged keys in a file."""


class MalformedError(UnreadableFileError):
    """Text that is not a document; `index` is the character offset of the problem."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


@dataclass(slots=True, eq=False)
class _Open:
    """A mapping or list that is not closed yet.

    `height` is that of its highest child: 0 for a scalar.
    """

    start: int
    anchor: str | None
    tag: str | None = None
    is_mapping: bool = False
    height: int = 0
    children: list[Node] = field(default_factory=list)


class Builder:
    """Builds documents, one after another, from the events of a parser.

    An anchor may be defined again, and from there on names the new node. An alias
    is the node of its anchor itself, not a copy; inside its own anchor it is a null
    scalar. All positions are character offsets. `has_complex_keys` is whether a key
    was a mapping or a list, as `{{ name }}` is without quotes.
    """

    def __init__(self) -> None:
        self._budget = MOST_NODES
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._root: Node | None = None
        self.has_complex_keys = False

    def open_mapping(
        self, start: int, anchor: str | None = None, tag: str | None = None
    ) -> None:
        """Begin a mapping, whose children are alternately keys and values."""
        self._begin(_Open(start, anchor, tag, is_mapping=True))

    def open_sequence(
        self, start: int, anchor: str | None = None, tag: str | None = None
    ) -> None:
        """Begin a list."""
        self._begin(_Open(start, anchor, tag))

    def close(self, end: int) -> None:
        """End the innermost mapping or list."""
        closed = self._open.pop()
        node: Node
        if closed.is_mapping:
            children = iter(closed.children)
            pairs = tuple(
                [(self._key(k), v) for k, v in zip(children, children, strict=True)]
            )
            if merged := [value for key, value in pairs if key.value == "<<"]:
                self._charge_merges(merged, closed.start)
            node = Mapping(pairs, closed.start, end, closed.tag)
        else:
            node = Sequence(tuple(closed.children), closed.start, end, closed.tag)
        self._add(node, closed.height + 1, closed.anchor)

    def scalar(self, scalar: Scalar, anchor: str | None = None) -> None:
        """Add *scalar*."""
        self._charge(1, scalar.start)
        if anchor is None and self._open:
            self._open[-1].children.append(scalar)
        else:
            self._add(scalar, 0, anchor)

    def alias(self, name: str, start: int, end: int) -> None:
        """Add the node of the anchor *name*."""
        self._charge(1, start)
        if name not in self._anchors:
            raise MalformedError(f"found undefined alias `{name}`", start)
        target = self._anchors[name]
        node, height = target or (Scalar("", start, end, null=True), 0)
        if len(self._open) + height > DEEPEST:
            raise too_deep(start)
        self._add(node, height, None)

    def take(self) -> Node | None:
        """Return the finished document, unless it is empty, and begin the next."""
        root, self._root = self._root, None
        self._anchors.clear()
        return None if isinstance(root, Scalar) and root.null else root

    def affords(self, count: int) -> bool:
        """Return whether *count* nodes, built elsewhere, are within the limit."""
        if count > self._budget:
            return False
        self._budget -= count
        return True

    def discard(self) -> None:
        """Drop the unfinished document."""
        self._open.clear()
        self.take()

    def _begin(self, collection: _Open) -> None:
        self._charge(1, collection.start)
        if len(self._open) >= DEEPEST:
            raise too_deep(collection.start)
        self._open.append(collection)
        if collection.anchor is not None:
            self._anchors[collection.anchor] = None

    def _add(self, node: Node, height: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, height)
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.children.append(node)
        parent.height = max(parent.height, height)

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self.has_complex_keys = True
        return Scalar("", node.start, node.end)

    def _charge_merges(self, merged: list[Node], at: int) -> None:
        """Charge for merge keys, which can make a document quadratic."""
        for value in merged:
            nodes = value.items if isinstance(value, Sequence) else (value,)
            sizes = (len(n.items) for n in nodes if isinstance(n, Mapping))
            self._charge(len(nodes) + sum(sizes), at)

    def _charge(self, count: int, at: int) -> None:
        self._budget -= count
        if self._budget < 0:
            raise MalformedError(f"has more than {MOST_NODES:,} values", at)


def too_deep(at: int) -> MalformedError:
    """Return the error for a collection that opens too deep, at character *at*."""
    return MalformedError(f"nested more than {DEEPEST} levels deep", at)
