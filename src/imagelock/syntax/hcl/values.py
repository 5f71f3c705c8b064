"""What an expression of HCL means, as far as its file says so.

Nothing is computed: a text, and in it names whose values are such texts. What
an operation or a function makes, or what only a run knows, stays unknown.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
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

_DEEPEST: Final = 20
"""How many names may lead to one another."""

_LONGEST: Final = 1000
"""In characters. A longer value is no part of an image reference."""

_UNKNOWN: Final = "0"
"""What stands for an unknown value: a number in JSON, and a word elsewhere."""

_BOOLEANS: Final = frozenset({"true", "false"})

_Text = tuple[str, tuple[str, ...], Reason | None]
"""A text, the names that decided it, and why it is unknown if it is."""

_OWN: Final = re.compile(r"(?:var|local)\..+|[^.]+")


@dataclass(frozen=True, slots=True)
class Known:
    """A value of a name; *names* are the names that decided it, its own first."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a text, from *start* to *end*, that is not written as it is.

    *names* decided it. *unknown* tells why it has no value here.
    """

    start: int
    end: int
    names: tuple[str, ...]
    unknown: Reason | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression means; *spelling* leads to the characters of the file.

    Where a part is unknown, one character stands for it. `bare` tells that it is
    written without quotes, as a name or number, so that nothing fits behind it.
    """

    text: str
    spelling: OffsetMap
    gaps: tuple[Gap, ...]
    bare: bool = False

    def names(self, start: int, end: int) -> tuple[str, ...]:
        """Return the names that decided the characters from *start* to *end*."""
        gaps = self._gaps(start, end)
        return tuple(
            dict.fromkeys(
                name for missing_reason in gaps for name in missing_reason.names
            )
        )

    def unknown(self, start: int, end: int) -> Reason | None:
        """Return why the characters from *start* to *end* are unknown, if they are.

        What is computed weighs more than a name that could be given a value.
        """
        reasons = {missing_reason.unknown for missing_reason in self._gaps(start, end)}
        order = (Reason.EXPRESSION, Reason.VARIABLE)
        return next((reason for reason in order if reason in reasons), None)

    def _gaps(self, start: int, end: int) -> Iterator[Gap]:
        first = bisect_left(
            self.gaps, start, key=lambda missing_reason: missing_reason.end
        )
        gaps = islice(self.gaps, first, None)
        return takewhile(lambda missing_reason: missing_reason.start <= end, gaps)


@dataclass(slots=True)
class Scope:
    """The names that a file gives values to.

    `given` returns the value of a name from outside, which beats the file's own.
    `own` are the expressions of the file by the steps to them (`var.image`).
    `other` is asked for what is in neither, if there are other files. The names
    that are `hidden` have no value, whatever these say.
    """

    text: str
    given: Callable[[str], str | None]
    own: Mapping[str, Expression]
    other: Callable[[str], Known | None] = field(default=lambda _: None)
    hidden: frozenset[str] = frozenset()
    _known: dict[str, Known | Reason] = field(default_factory=dict)
    _depth: int = 0

    def meaning(self, expression: Expression) -> Meaning:
        """Return what *expression* means; nothing is raised."""
        if isinstance(expression, Template):
            return self._template(expression)
        start, end = expression.start, expression.end
        text, missing_reason = self._gap(expression, 0)
        size = len(text)
        spelling = OffsetMap([start] * size, [end] * size, start, end)
        return Meaning(text, spelling, (missing_reason,), bare=True)

    def value(self, name: str) -> Known | Reason:
        """Return the value of *name*, or why it is not known."""
        if name not in self._known:
            # It may lead to itself.
            self._known[name] = Reason.EXPRESSION
            self._known[name] = self._find(name)
        return self._known[name]

    def definition(self, name: str) -> Expression | None:
        """Return the expression in the file that *name* stands for."""
        head, dot, rest = name.partition(".")
        if dot and head in {"var", "local"}:
            first, dot, rest = rest.partition(".")
            head = f"{head}.{first}"
        found = self.own.get(head)
        for step in rest.split(".") if dot else ():
            if isinstance(found, Object):
                found = found.get(step)
            elif isinstance(found, Items) and step.isdecimal():
                found = dict(enumerate(found.items)).get(int(step[:9]))
            else:
                return None
        return found

    def _find(self, name: str) -> Known | Reason:
        shown = name.removeprefix("var.")
        if name.partition(".")[0] in self.hidden:
            return Reason.VARIABLE
        if (given := self.given(name)) is not None:
            return Known(given, (shown,))
        found = self.definition(name)
        if found is None:
            missing = Reason.VARIABLE if _OWN.fullmatch(name) else Reason.EXPRESSION
            return self.other(name) or missing
        text, names, unknown = self._text(found)
        return unknown or Known(text, tuple(dict.fromkeys((shown, *names))))

    def _text(self, found: Expression) -> _Text:
        """Return what *found* means, without the place of it."""
        if self._depth == _DEEPEST:
            return "", (), Reason.EXPRESSION
        self._depth += 1
        text, names, unknown = self._joined(found)
        self._depth -= 1
        return text, names, unknown

    def _joined(self, found: Expression) -> _Text:
        parts = found.pieces if isinstance(found, Template) else (found,)
        text, names = "", list[str]()
        for part in parts:
            if isinstance(part, Piece):
                text += part.text
            else:
                inner = part.expression if isinstance(part, Hole) else part
                value, missing_reason = self._gap(inner, 0)
                names += missing_reason.names
                if missing_reason.unknown:
                    return "", tuple(names), missing_reason.unknown
                text += value
            if len(text) > _LONGEST:
                return "", tuple(names), Reason.EXPRESSION
        return text, tuple(names), None

    def _gap(self, expression: Expression | None, start: int) -> tuple[str, Gap]:
        """Return what *expression* means at *start* of a text, and what decided it."""
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
        known = self.value(name)
        if isinstance(known, Known):
            return known.text, known.names, None
        return "", (name,), known

    def _template(self, template: Template) -> Meaning:
        parts: list[str] = []
        starts, ends = array("q"), array("q")
        gaps: list[Gap] = []
        for piece in template.pieces:
            text = piece.text if isinstance(piece, Piece) else ""
            if isinstance(piece, Hole):
                text, missing_reason = self._gap(piece.expression, len(starts))
                gaps.append(missing_reason)
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
    """Lead on from the value of a string in JSON to the file."""
    pairs = zip(inner.starts, inner.ends, strict=True)
    ranges = [outer.range(start, end) for start, end in pairs]
    starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
    return OffsetMap(starts, ends, outer.start, outer.end)
