"""The structure of a text in HCL, with the place of everything in it.

All `start` and `end` are character offsets. Those of JSON, which HCL has a form
of, are built of the same parts (`hcl_json`). Nobody changes a part once it is
made; the classes are not frozen because that costs time (see `tree`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.tree import Scalar

_LONGEST: Final = 300
_LONGEST_NAME: Final = 100


@dataclass(slots=True, eq=False)
class Piece:
    """A part of a template: characters that are known.

    `text` is what they mean; where it is as long as the range, they are written
    as they are.
    """

    text: str
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Hole:
    """A part of a template that is computed: `${…}`, or `%{…}` (no expression)."""

    expression: Expression | None
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Template:
    """A string or a heredoc; the range is that of its content, without quotes.

    `bare` is a number, which has no quotes. In JSON, the pieces lie in the value
    of `scalar` and not in the file.
    """

    pieces: tuple[Piece | Hole, ...]
    start: int
    end: int
    scalar: Scalar | None = None
    bare: bool = False


@dataclass(slots=True, eq=False)
class Traversal:
    """A name and what is selected of it: `var.image`, `local.images["web"]`."""

    steps: tuple[str, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Items:
    """A list."""

    items: tuple[Expression, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Call:
    """A call of a function."""

    name: str
    arguments: tuple[Expression, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Computed:
    """An operation, a condition or a loop, with the values that stand in it."""

    parts: tuple[Expression, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Pair:
    """An attribute or a key with its value, or a block with its body.

    `labels` are those of a block, and `None` tells that it is none.
    """

    name: str
    value: Expression
    labels: tuple[str, ...] | None = None


@dataclass(slots=True, eq=False)
class Object:
    """An object, or the body of a block or file."""

    pairs: tuple[Pair, ...]
    start: int
    end: int

    def get(self, name: str) -> Expression | None:
        """Return the last value of *name*."""
        values = (pair.value for pair in reversed(self.pairs) if pair.name == name)
        return next(values, None)


Expression = Template | Traversal | Items | Object | Call | Computed


def blocks(body: Expression, kind: str, count: int) -> Iterator[tuple[Pair, str]]:
    """Yield the blocks of *kind* with *count* labels, and their labels with dots.

    In JSON, the labels are the keys of objects in one another.
    """
    if not isinstance(body, Object):
        return
    for pair in body.pairs:
        if pair.name != kind:
            continue
        if pair.labels is None:
            yield from _labelled(pair, count, ())
        elif len(pair.labels) == count:
            yield pair, dotted(pair.labels)


def dotted(labels: tuple[str, ...]) -> str:
    """Return *labels* with dots between them, each cut if nobody would read it."""
    return ".".join([label[-_LONGEST_NAME:] for label in labels])


def below(path: str, name: str) -> str:
    """Return the path to *name* below *path*: of one that nobody reads, the end."""
    longer = f"{path}.{name[-_LONGEST_NAME:]}".removeprefix(".")
    return longer if len(longer) <= _LONGEST else f"…{longer[1 - _LONGEST :]}"


def is_null(value: Expression | None) -> bool:
    """Tell whether *value* is `null`, or is not there."""
    return value is None or (isinstance(value, Traversal) and value.steps == ("null",))


def each(value: Expression) -> tuple[Expression, ...]:
    """Return the items of a list, and anything else as the only item."""
    return value.items if isinstance(value, Items) else (value,)


def _labelled(
    pair: Pair, count: int, labels: tuple[str, ...]
) -> Iterator[tuple[Pair, str]]:
    for value in each(pair.value):
        if not isinstance(value, Object):
            continue
        if count == 0:
            yield Pair(pair.name, value, labels), dotted(labels)
            continue
        for inner in value.pairs:
            yield from _labelled(inner, count - 1, (*labels, inner.name))
