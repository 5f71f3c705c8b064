"""The values of expressions in HCL, as far as they are known from the file.

Nothing is computed: a value is a text, with names whose values are such texts. The
results of operations and functions, and values of a run, are unknown.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.syntax.hcl.tree import (
    Expression,
    Hole,
    Items,
    Object,
    Piece,
    Template,
    Traversal,
)
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.model.occurrence import VariableAssignment

_DEEPEST: Final = 20
"""Levels of names that refer to names."""

_LONGEST: Final = 1000
"""In characters. Longer values are not parts of image references."""

_UNKNOWN: Final = "0"
"""The placeholder of an unknown value: a number in JSON, and a word elsewhere."""

_BOOLEANS: Final = frozenset({"true", "false"})

_Text = tuple[str, tuple[str, ...], Reason | None]
"""A text, the names in it, and the reason for which it is unknown, if it is."""

_OWN: Final = re.compile(r"(?:var|local)\..+|[^.]+")


@dataclass(frozen=True, slots=True)
class Known:
    """The value of a name; *names* are the name itself, and those in its value."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a text, from *start* to *end*, that is an expression.

    *names* are the names in it. *unknown* is the reason for which it has no value.
    """

    start: int
    end: int
    names: tuple[str, ...]
    unknown: Reason | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """The value of an expression; *spelling* maps its characters to the file.

    An unknown part is represented by one character. `bare` is whether the
    expression is written without quotes, as a name or number, so that no text can
    be appended to it.
    """

    text: str
    spelling: OffsetMap
    gaps: tuple[Gap, ...]
    bare: bool = False

    @property
    def known_text(self) -> str | None:
        """The text, or `None` if a part of it is not known."""
        return None if self.unknown(0, len(self.text)) else self.text

    def names(self, start: int, end: int) -> tuple[str, ...]:
        """Return the names in the characters from *start* to *end*."""
        gaps = self._gaps(start, end)
        return tuple(dict.fromkeys(name for gap in gaps for name in gap.names))

    def unknown(self, start: int, end: int) -> Reason | None:
        """Return why the characters from *start* to *end* are unknown, if they are.

        A computed value takes precedence over a name without a value.
        """
        reasons = {gap.unknown for gap in self._gaps(start, end)}
        order = (Reason.EXPRESSION, Reason.VARIABLE)
        return next((reason for reason in order if reason in reasons), None)

    def _gaps(self, start: int, end: int) -> Iterator[Gap]:
        first = bisect_left(self.gaps, start, key=lambda gap: gap.end)
        gaps = islice(self.gaps, first, None)
        return takewhile(lambda gap: gap.start <= end, gaps)


@dataclass(slots=True)
class Scope:
    """The names that have values in a file.

    `given` returns a value from outside, which overrides the file. `own` are the
    expressions of the file by their dotted names (`var.image`). `other` looks up
    the remaining names in other files, and `assigned` where another file gives a name
    its value. The names in `hidden` have no value.
    """

    text: str
    given: Callable[[str], str | None]
    own: Mapping[str, Expression]
    other: Callable[[str], Known | None] = field(default=lambda _: None)
    assigned: Callable[[str], VariableAssignment | None] = field(default=lambda _: None)
    hidden: frozenset[str] = frozenset()
    _known: dict[str, Known | Reason] = field(default_factory=dict)
    _depth: int = 0

    def meaning(self, expression: Expression) -> Meaning:
        """Return the value of *expression*; nothing is raised."""
        if isinstance(expression, Template):
            return self._template(expression)
        start, end = expression.start, expression.end
        text, gap = self._gap(expression, 0)
        size = len(text)
        spelling = OffsetMap([start] * size, [end] * size, start, end)
        return Meaning(text, spelling, (gap,), bare=True)

    def value(self, name: str) -> Known | Reason:
        """Return the value of *name*, or why it is unknown."""
        if name not in self._known:
            # It may refer to itself.
            self._known[name] = Reason.EXPRESSION
            self._known[name] = self._find(name)
        return self._known[name]

    def hiding(self, names: frozenset[str]) -> Scope:
        """Return the scope without the values of *names*, as in a matrix."""
        return replace(self, hidden=names, _known={}, _depth=0)

    def definition(self, name: str) -> Expression | None:
        """Return the expression in the file that defines *name*."""
        head, dot, steps = name.partition(".")
        if dot and head in {"var", "local"}:
            first, dot, steps = steps.partition(".")
            head = f"{head}.{first}"
        expression = self.own.get(head)
        for step in steps.split(".") if dot else ():
            if isinstance(expression, Object):
                expression = expression.get(step)
            elif isinstance(expression, Items) and step.isdecimal():
                expression = dict(enumerate(expression.items)).get(int(step[:9]))
            else:
                return None
        return expression

    def written(self, name: str) -> tuple[int, int] | None:
        """Return where the file writes the value of *name*, if that is what counts.

        These are character offsets, without quotes. A value without quotes is `None`,
        as not every text can stand there.
        """
        expression = self.definition(name)
        if not isinstance(expression, Template) or self.given(name) is not None:
            return None
        meaning = self.meaning(expression)
        if meaning.bare or not meaning.text:
            return None
        return meaning.spelling.range(0, len(meaning.text))

    def _find(self, name: str) -> Known | Reason:
        short_name = name.removeprefix("var.")
        if name.partition(".")[0] in self.hidden:
            return Reason.VARIABLE
        if (given := self.given(name)) is not None:
            return Known(given, (short_name,))
        expression = self.definition(name)
        if expression is None:
            missing = Reason.VARIABLE if _OWN.fullmatch(name) else Reason.EXPRESSION
            return self.other(name) or missing
        text, names, unknown = self._text(expression)
        return unknown or Known(text, tuple(dict.fromkeys((short_name, *names))))

    def _text(self, expression: Expression) -> _Text:
        """Return the value of *expression*, without positions."""
        if self._depth == _DEEPEST:
            return "", (), Reason.EXPRESSION
        self._depth += 1
        text, names, unknown = self._join(expression)
        self._depth -= 1
        return text, names, unknown

    def _join(self, expression: Expression) -> _Text:
        parts = expression.pieces if isinstance(expression, Template) else (expression,)
        text, names = "", list[str]()
        for part in parts:
            if isinstance(part, Piece):
                text += part.text
            else:
                inner = part.expression if isinstance(part, Hole) else part
                value, gap = self._gap(inner, 0)
                names += gap.names
                if gap.unknown:
                    return "", tuple(names), gap.unknown
                text += value
            if len(text) > _LONGEST:
                return "", tuple(names), Reason.EXPRESSION
        return text, tuple(names), None

    def _gap(self, expression: Expression | None, start: int) -> tuple[str, Gap]:
        """Return the value of *expression*, and its gap at *start* of a text."""
        text, names, unknown = "", tuple[str, ...](), None
        if isinstance(expression, Template):
            text, names, unknown = self._text(expression)
        elif isinstance(expression, Traversal):
            text, names, unknown = self._named(expression)
        else:
            unknown = Reason.EXPRESSION
        text = _UNKNOWN if unknown else text
        return text, Gap(start, start + len(text), names, unknown)

    def _named(self, expression: Traversal) -> _Text:
        name = ".".join(expression.steps)
        if name in _BOOLEANS:
            return name, (), None
        value = self.value(name)
        if isinstance(value, Known):
            return value.text, value.names, None
        return "", (name,), value

    def _template(self, template: Template) -> Meaning:
        parts: list[str] = []
        starts, ends = array("q"), array("q")
        gaps: list[Gap] = []
        for piece in template.pieces:
            text = piece.text if isinstance(piece, Piece) else ""
            if isinstance(piece, Hole):
                text, gap = self._gap(piece.expression, len(starts))
                gaps.append(gap)
            elif len(text) == piece.end - piece.start:
                starts.extend(range(piece.start, piece.end))
                ends.extend(range(piece.start + 1, piece.end + 1))
                parts.append(text)
                continue
            parts.append(text)
            starts.extend([piece.start] * len(text))
            ends.extend([piece.end] * len(text))
        spelling = OffsetMap(starts, ends, template.start, template.end)
        bare = template.bare
        if template.scalar is not None:
            bare = self.text[template.start - 1] != '"'
            spelling = _in_json(map_offsets(self.text, template.scalar), spelling)
        return Meaning("".join(parts), spelling, tuple(gaps), bare=bare)


def _in_json(outer: OffsetMap, inner: OffsetMap) -> OffsetMap:
    """Compose the map to the value of a string in JSON with the map to the file."""
    pairs = zip(inner.starts, inner.ends, strict=True)
    ranges = [outer.range(start, end) for start, end in pairs]
    starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
    return OffsetMap(starts, ends, outer.start, outer.end)
