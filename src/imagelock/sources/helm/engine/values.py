"""Values of templates that remember the scalars they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.syntax.yaml_json.tree import Scalar

Origins = frozenset["Scalar"]
NOWHERE: Final[Origins] = frozenset()
GAP: Final = "\0"
"""The text of a piece that is not known. No file of a project has this character."""

PROBE: Final = "a5" * 32
"""Hex digits in the place of a digest, to see where a chart writes it."""

_MOST_ORIGINS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a text, and the scalars that it comes from.

    `is_known` is false for what cannot be evaluated. If that is only because a
    chart is not in the project, `is_foreign` is true.
    """

    text: str
    origins: Origins = NOWHERE
    is_known: bool = True
    is_foreign: bool = False


NOTHING: Final = Fragment("")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be evaluated, and the scalars that it comes from."""

    origins: Origins = NOWHERE
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A text; `data` is what it is the YAML of, if that is known."""

    pieces: tuple[Fragment, ...]
    data: Value = None

    @property
    def text(self) -> str:
        """The text, with a gap for each piece that is not known."""
        if len(self.pieces) == 1:
            return self.pieces[0].text
        return "".join(piece.text for piece in self.pieces)

    @property
    def is_known(self) -> bool:
        """Whether all of it is known."""
        return all(piece.is_known for piece in self.pieces)

    @property
    def origins(self) -> Origins:
        """The scalars that it comes from."""
        if len(self.pieces) == 1:
            return self.pieces[0].origins
        return NOWHERE.union(*(piece.origins for piece in self.pieces))

    def cut(self, start: int, end: int) -> Written:
        """Return the characters from *start* up to *end*."""
        pieces, at = [], 0
        for piece in self.pieces:
            text = piece.text[max(start - at, 0) : max(end - at, 0)]
            if text:
                pieces.append(
                    Fragment(text, piece.origins, piece.is_known, piece.is_foreign)
                )
            at += len(piece.text)
        return Written(tuple(pieces))

    def derive(self, text: str) -> Written:
        """Return *text*, which was made of this one."""
        return self if text == self.text else Written((Fragment(text, self.origins),))


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `text` is how a template writes it.

    `is_whole` is whether it is an integer in YAML, which Helm reads as a float, too.
    """

    value: int | float
    text: str
    origins: Origins = NOWHERE
    is_whole: bool = False


class Table(dict[str, "Value"]):
    """A mapping; `is_root` is whether it is what templates of a chart start with."""

    __slots__ = ("is_root",)

    def __init__(
        self,
        items: Iterable[tuple[str, Value]] = (),
        *,
        is_root: bool = False,
    ) -> None:
        super().__init__(items)
        self.is_root = is_root


Value = Written | Number | Unknown | Table | list["Value"] | bool | None
_WITH_ORIGINS: Final = (Written, Number, Unknown)
_CONTAINERS: Final = (Table, list)


@dataclass(slots=True)
class TemplateScope:
    """The dot, and the variables: the last one of a name counts."""

    dot: Value
    variables: list[tuple[str, Value]]

    def get(self, name: str) -> Value:
        """Return the variable *name*."""
        for known, value in reversed(self.variables):
            if known == name:
                return value
        return Unknown()

    def assign(self, name: str, value: Value) -> None:
        """Change the variable *name*."""
        for at in range(len(self.variables) - 1, -1, -1):
            if self.variables[at][0] == name:
                self.variables[at] = (name, value)
                return


EMPTY: Final = Written(())


def written(text: str, origins: Origins = NOWHERE) -> Written:
    """Return *text* as a value."""
    return Written((Fragment(text, origins),))


def integer(value: int) -> Number:
    """Return *value* as templates write integers."""
    return Number(value, str(value))


def origins_of(value: Value) -> Origins:
    """Return the scalars that *value* comes from, without those of whole charts."""
    if isinstance(value, _WITH_ORIGINS):
        return value.origins
    found: set[Scalar] = set()
    waiting: list[Value] = [value]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_ORIGINS:
        item = waiting.pop()
        if isinstance(item, _WITH_ORIGINS):
            found |= item.origins
        elif isinstance(item, _CONTAINERS):
            if id(item) in seen or (isinstance(item, Table) and item.is_root):
                continue
            seen.add(id(item))
            waiting += item.values() if isinstance(item, Table) else item
    return frozenset(found)


def unknown(values: Iterable[Value], *, is_foreign: bool = False) -> Unknown:
    """Return what is not known and depends on *values*."""
    return Unknown(origins_of(list(values)), is_foreign)


def is_small(value: Value) -> bool:
    """Return whether *value* has a reasonable size, with each repetition counted.

    A table that `set` puts into itself has none.
    """
    waiting = [value]
    for _ in range(_MOST_ORIGINS):
        if not waiting:
            return True
        item = waiting.pop()
        if isinstance(item, Table | list):
            waiting += item.values() if isinstance(item, Table) else item
    return False


def is_true(value: Value) -> bool | None:
    """Return whether *value* is one that `if` takes for true; `None` if unknown."""
    match value:
        case Unknown():
            return None
        case Written() if any(piece.is_known and piece.text for piece in value.pieces):
            return True
        case Written():
            return False if value.is_known else None
        case Number():
            return value.value != 0
        case _:
            return bool(value)


def shown(value: Value) -> Written:
    """Return what an action writes for *value* (`fmt.Sprint` of Go)."""
    match value:
        case Written():
            return value
        case Number():
            return written(value.text, value.origins)
        case Unknown():
            piece = Fragment(
                GAP, value.origins, is_known=False, is_foreign=value.is_foreign
            )
            return Written((piece,))
        case bool():
            return written("true" if value else "false")
        case None:
            return EMPTY
        case _:
            return shown(unknown([value]))
