"""The tree of a text in HCL, with the position of every node.

All `start` and `end` are character offsets. The JSON form (`as_json`) has the same
tree. Nodes are never changed once they are built; the classes are not frozen
because that costs time (see `yaml_json.tree`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Scalar

_LONGEST: Final = 300
_LONGEST_NAME: Final = 100


@dataclass(slots=True, eq=False)
class Piece:
    """A literal part of a template.

    `text` has escapes resolved; if it is as long as the range, there are none.
    """

    text: str
    start: int
    end: int


_SMALLEST: Final = 1e-4
_LARGEST: Final = 1e15
"""Between these, Python writes a number without an exponent, too."""


@dataclass(slots=True, eq=False)
class Hole:
    """A computed part of a template: `${…}`, or `%{…}`, which has no expression."""

    expression: Expression | None
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Template:
    """A string or a heredoc; the range is that of its content, without quotes.

    `bare` is whether it is a number, which has no quotes. In JSON, the offsets of
    the pieces are those in the value of `scalar`, not in the file.
    """

    pieces: tuple[Piece | Hole, ...]
    start: int
    end: int
    scalar: Scalar | None = None
    bare: bool = False


def number(written: str, start: int, end: int) -> Piece:
    """Return the text of the number that is *written* from *start* to *end*.

    HCL converts numbers to text without an exponent and without the zeros at the end
    of a fraction (cty, "Conversion to string"): `1.10` becomes `1.1`.
    """
    text = written
    if "e" in written.lower():
        value = float(written)
        text = f"{value:.15g}" if _SMALLEST < value < _LARGEST else written
    elif "." in written:
        text = written.rstrip("0").rstrip(".")
    return Piece(text, start, end)


@dataclass(slots=True, eq=False)
class Traversal:
    """A name with attributes and indexes: `var.image`, `local.images["web"]`."""

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
    """A function call."""

    name: str
    arguments: tuple[Expression, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Computed:
    """An operation, a condition or a loop, with the values in it."""

    parts: tuple[Expression, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class HclPair:
    """An attribute or a key with its value, or a block with its body.

    `labels` are those of a block, and `None` for anything else.
    """

    name: str
    value: Expression
    labels: tuple[str, ...] | None = None


@dataclass(slots=True, eq=False)
class Object:
    """An object, or the body of a block or file."""

    pairs: tuple[HclPair, ...]
    start: int
    end: int

    def get(self, name: str) -> Expression | None:
        """Return the last value of *name*."""
        values = (pair.value for pair in reversed(self.pairs) if pair.name == name)
        return next(values, None)


Expression = Template | Traversal | Items | Object | Call | Computed


def blocks(body: Object, kind: str, count: int) -> Iterator[tuple[Object, str]]:
    """Yield the body and the dotted labels of each block of *kind* with *count* labels.

    In JSON, labels are the keys of nested objects.
    """
    for pair in body.pairs:
        if pair.name == kind and pair.labels is None:
            yield from _labelled(pair.value, count, ())
        elif pair.name == kind and isinstance(pair.value, Object):
            labels = pair.labels or ()
            if len(labels) == count:
                yield pair.value, dotted(labels)


def dotted(labels: tuple[str, ...]) -> str:
    """Join *labels* with dots; keep the end of an overlong label."""
    return ".".join([label[-_LONGEST_NAME:] for label in labels])


def below(path: str, name: str) -> str:
    """Join path and name; keep the end of an overlong path."""
    longer = f"{path}.{name[-_LONGEST_NAME:]}".removeprefix(".")
    return longer if len(longer) <= _LONGEST else f"…{longer[1 - _LONGEST :]}"


def is_null(value: Expression | None) -> bool:
    """Return whether *value* is `null` or absent."""
    return value is None or (isinstance(value, Traversal) and value.steps == ("null",))


def each(value: Expression) -> tuple[Expression, ...]:
    """Return the items of a list, or any other value as the only item."""
    return value.items if isinstance(value, Items) else (value,)


def _labelled(
    value: Expression, count: int, labels: tuple[str, ...]
) -> Iterator[tuple[Object, str]]:
    for item in each(value):
        if not isinstance(item, Object):
            continue
        if count == 0:
            yield item, dotted(labels)
            continue
        for pair in item.pairs:
            yield from _labelled(pair.value, count - 1, (*labels, pair.name))
