"""The values of expressions in HCL, as far as they are known from the file.

Nothing is computed: a value is a text, with names whose values are such texts. The
results of operations and functions, and values of a run, are unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Reason
from imagelock.syntax.hcl.meaning import Gap, Meaning, Run, spell
from imagelock.syntax.hcl.tree import (
    Expression,
    Hole,
    Items,
    Object,
    Piece,
    Template,
    Traversal,
)
from imagelock.syntax.yaml_json.offset_map import OffsetMap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    def as_written(self, template: Template) -> tuple[str, OffsetMap]:
        """Return the text of *template*, in which holes are as the file writes them.

        `%{…}` is left out.
        """
        source = self.text if template.scalar is None else template.scalar.value
        runs = []
        for piece in template.pieces:
            if isinstance(piece, Piece):
                runs.append(Run.of(piece))
            elif piece.expression is not None:
                text = source[piece.start : piece.end]
                runs.append(Run(text, piece.start, piece.end, is_exact=True))
        return spell(self.text, template, runs)

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
        runs: list[Run] = []
        gaps: list[Gap] = []
        length = 0
        for piece in template.pieces:
            if isinstance(piece, Hole):
                text, gap = self._gap(piece.expression, length)
                gaps.append(gap)
                runs.append(Run(text, piece.start, piece.end, is_exact=False))
            else:
                runs.append(Run.of(piece))
            length += len(runs[-1].text)
        bare = template.bare
        if template.scalar is not None:
            bare = self.text[template.start - 1] != '"'
        text, spelling = spell(self.text, template, runs)
        return Meaning(text, spelling, tuple(gaps), bare=bare)
