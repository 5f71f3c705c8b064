"""Find nodes in a document by path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

Path = tuple["Path", str | int] | None
"""The steps to a node, last step first; `None` at the root.

A linked list, because most paths are never printed.
"""

_LONGEST: Final = 300
_STEP: Final = re.compile(r"\[\]|[^.\[\]]+")
_ANY_DEPTH: Final = "**"
_REPEATS: Final = 200_000


@dataclass(slots=True)
class VisitLimit:
    """Decides whether to visit a node again that several aliases lead to.

    The first visit is always allowed. Repeated visits are allowed until a limit:
    they find nothing new but further paths. So the time of a walk is proportional
    to the text, however large its aliases would expand.
    """

    _budget: int = _REPEATS
    _seen: set[tuple[int, str]] = field(default_factory=set)

    def allow(self, node: Node, purpose: str = "") -> bool:
        """Return whether to visit the children of *node*, for *purpose*."""
        visit = id(node), purpose
        if visit not in self._seen:
            self._seen.add(visit)
            return True
        self._budget -= 1 if isinstance(node, Scalar) else len(node.items) + 1
        return self._budget > 0


@dataclass(frozen=True, slots=True)
class NodeRef:
    """A node, the path to it, and its parent.

    `is_duplicate_key` is whether a key on the path occurs twice in its mapping, so
    that parsers may differ about the value that counts.
    """

    node: Node
    path: Path = None
    parent: Node | None = None
    is_duplicate_key: bool = False


def dotted(path: Path) -> str:
    """Return *path* in dotted form: `spec.containers[0].image`.

    Only the end of an overlong path is kept.
    """
    parts: list[str] = []
    while path is not None:
        path, step = path
        parts.append(f"[{step}]" if isinstance(step, int) else f".{step[-_LONGEST:]}")
    text = "".join(reversed(parts)).removeprefix(".")
    return text if len(text) <= _LONGEST else f"…{text[-_LONGEST:]}"


def children(node: Node) -> Iterator[tuple[str | int, Node, bool]]:
    """Yield the step to each child, the child, and whether its key is a duplicate.

    Merge keys are resolved; every value of a duplicate key is a child.
    """
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield index, item, False
    elif isinstance(node, Mapping):
        duplicates = node.duplicate_keys
        for key, value in node.items.items():
            if key not in duplicates:
                yield key, value, False
        for scalar, value in node.pairs if duplicates else ():
            if scalar.value in duplicates:
                yield scalar.value, value, True


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
    stack = [start]
    while stack:
        parent = stack.pop()
        yield parent
        if not isinstance(parent.node, Scalar) and visits.allow(parent.node, "below"):
            inner = [
                NodeRef(
                    child,
                    (parent.path, key),
                    parent.node,
                    parent.is_duplicate_key or is_duplicate_key,
                )
                for key, child, is_duplicate_key in children(parent.node)
            ]
            stack.extend(reversed(inner))


def steps_below(top: Path, path: Path) -> tuple[str | int, ...]:
    """Return the steps from *top*, which *path* was made from, to *path*."""
    steps: list[str | int] = []
    while path is not None and path is not top:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))


def steps_to(path: Path, count: int) -> tuple[str | int, ...]:
    """Return the last *count* steps of *path*, last step first."""
    steps: list[str | int] = []
    while path is not None and len(steps) < count:
        path, step = path
        steps.append(step)
    return tuple(steps)


def length(path: Path) -> int:
    """Return the number of steps in *path*."""
    count = 0
    while path is not None:
        path, _ = path
        count += 1
    return count


def is_written_twice(node: Node | None, *keys: str) -> bool:
    """Return whether *node* is a mapping with one of *keys* more than once."""
    return isinstance(node, Mapping) and not node.duplicate_keys.isdisjoint(keys)


def scalar_at(node: Node | None, *keys: str) -> Scalar | None:
    """Return the effective scalar below *node* at *keys*, if it is not null."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node if isinstance(node, Scalar) and not node.null else None


def text_at(node: Node | None, *keys: str) -> str:
    """Return the text of the scalar that `scalar_at` returns, empty if there is none."""
    scalar = scalar_at(node, *keys)
    return scalar.value if scalar else ""
