"""Find nodes in a document by their paths."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

Path = tuple["Path", str | int] | None
"""The steps to a node, the last one first; `None` at the root.

Linked, so that it costs nothing to pass a node by.
"""

_LONGEST: Final = 300
_STEP: Final = re.compile(r"\[\]|[^.\[\]]+")
_ANY_DEPTH: Final = "**"
_REPEATS: Final = 200_000


@dataclass(slots=True)
class VisitLimit:
    """Decides whether a node that aliases lead to is worth another visit.

    The first is. After many repeats none is any more: whatever is below was met
    before, and only its further paths remain unknown. So a walk takes time in
    proportion to the text, however much its aliases would expand to.
    """

    _left: int = _REPEATS
    _seen: set[tuple[int, str]] = field(default_factory=set)

    def allow(self, node: Node, purpose: str = "") -> bool:
        """Tell whether to look at the children of *node* now, for *purpose*."""
        visit = id(node), purpose
        if visit not in self._seen:
            self._seen.add(visit)
            return True
        self._left -= 1 if isinstance(node, Scalar) else len(node.items) + 1
        return self._left > 0


@dataclass(frozen=True, slots=True)
class NodeRef:
    """A node, how it was reached, and what it is a value of.

    `is_duplicate_key` tells that some key on the way is written twice in its mapping, so
    that readers may differ about what counts.
    """

    node: Node
    path: Path = None
    parent: Node | None = None
    is_duplicate_key: bool = False


def dotted(path: Path) -> str:
    """Return *path* as people write it: `spec.containers[0].image`.

    Of a path that nobody would read, only the end.
    """
    parts: list[str] = []
    while path is not None:
        path, step = path
        parts.append(f"[{step}]" if isinstance(step, int) else f".{step[-_LONGEST:]}")
    written = "".join(reversed(parts)).removeprefix(".")
    return written if len(written) <= _LONGEST else f"…{written[-_LONGEST:]}"


def children(node: Node) -> Iterator[tuple[str | int, Node, bool]]:
    """Yield the step to each child, the child, and whether its key is doubled.

    Merge keys are resolved; every value of a doubled key is a child.
    """
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield index, item, False
    elif isinstance(node, Mapping):
        is_duplicate_key = node.is_duplicate_key()
        for key, value in node.items.items():
            if key not in is_duplicate_key:
                yield key, value, False
        for written, value in node.pairs if is_duplicate_key else ():
            if written.value in is_duplicate_key:
                yield written.value, value, True


def select(start: NodeRef, pattern: str, visits: VisitLimit) -> Iterator[NodeRef]:
    """Yield the nodes below *start* whose path from there is *pattern*.

    In `spec.images[].*.name`, `[]` is every item of a list and `*` every key;
    `**` is any number of both, so that `**.step.image` is every such image.
    """
    return _select(start, tuple(_STEP.findall(pattern)), visits)


def _select(
    start: NodeRef, steps: tuple[str, ...], visits: VisitLimit
) -> Iterator[NodeRef]:
    if not steps:
        yield start
    elif steps[0] == _ANY_DEPTH:
        for node in below(start, visits):
            if len(steps) == 1 or _may_have(node.node, steps[1]):
                yield from _select(node, steps[1:], visits)
    elif visits.allow(start.node, ".".join(steps)):
        for key, child, is_duplicate_key in children(start.node):
            step = "[]" if isinstance(key, int) else key
            if steps[0] == step or (steps[0] == "*" and step is key):
                path, twice = (
                    (start.path, key),
                    start.is_duplicate_key or is_duplicate_key,
                )
                inner = NodeRef(child, path, start.node, twice)
                yield from _select(inner, steps[1:], visits)


def _may_have(node: Node, step: str) -> bool:
    """Return whether *node* can have a child at *step*: a cheap look at most nodes."""
    if isinstance(node, Mapping):
        return step == "*" or step in node.items
    return step == "[]" and isinstance(node, Sequence)


def below(start: NodeRef, visits: VisitLimit) -> Iterator[NodeRef]:
    """Yield *start* and every node below it, in the order of the text."""
    waiting = [start]
    while waiting:
        at = waiting.pop()
        yield at
        if not isinstance(at.node, Scalar) and visits.allow(at.node, "below"):
            inner = [
                NodeRef(
                    child,
                    (at.path, key),
                    at.node,
                    at.is_duplicate_key or is_duplicate_key,
                )
                for key, child, is_duplicate_key in children(at.node)
            ]
            waiting.extend(reversed(inner))


def steps_to(path: Path, count: int) -> tuple[str | int, ...]:
    """Return the last *count* steps of *path*, the last one first."""
    steps: list[str | int] = []
    while path is not None and len(steps) < count:
        path, step = path
        steps.append(step)
    return tuple(steps)


def scalar_at(node: Node | None, *keys: str) -> Scalar | None:
    """Return the scalar below *node* at *keys* that counts and is not null."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node if isinstance(node, Scalar) and not node.null else None
