"""Interpolation of variables: `$NAME` and `${NAME:-default}`.

The rules are those of the package `template` of compose-go:

    form                unset     empty         set
    $V, ${V}            ""        ""            value
    ${V-d}  ${V:-d}     d         "" / d        value
    ${V+a}  ${V:+a}     ""        a / ""        a
    ${V?m}  ${V:?m}     refused   "" / refused  value

`$$` is `$`; `$1` and a single `$` stand for themselves. The text after the operator
may have variables too.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import Reason
from imagelock.syntax.yaml_json.offset_map import OffsetMap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DEEPEST: Final = 50
"""Levels of nested defaults."""

_LONGEST: Final = 128 * 1024
"""Characters that the variables of a text may add: the longest argument in Linux."""

_START: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_][A-Za-z0-9_]*+)|\{)"
)
_BRACED: Final = re.compile(
    r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*+)(?:(?P<operator>:?[-+?])|\})"
)
# The character after an opening brace does not count, which is how `{}` passes.
_BRACES: Final = re.compile(r"\}|\{.?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A lookup of a variable, and the character offsets of it in the text.

    `unset` is true if the variable has neither a value nor a default, so that
    nothing takes its place.
    """

    name: str
    start: int
    end: int
    unset: bool


@dataclass(frozen=True, slots=True)
class Interpolation:
    """The value of a text. `spelling` maps its characters to the text.

    `ends` has, for each character of the value, the offset after it in the text if
    it is written there, be it in a default; -1 if it comes from a variable or an
    escape.
    """

    value: str
    lookups: tuple[Lookup, ...]
    spelling: OffsetMap
    ends: Sequence[int]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in the value, in the order of their lookup."""
        return tuple(dict.fromkeys(lookup.name for lookup in self.lookups))

    @property
    def unset(self) -> tuple[str, ...]:
        """The names of the variables without a value and without a default."""
        return tuple(
            dict.fromkeys(lookup.name for lookup in self.lookups if lookup.unset)
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason for which a text has no value: bad syntax, or a required variable."""

    reason: Reason
    detail: str
    variables: tuple[str, ...] = ()


def interpolate(text: str, variables: Mapping[str, str]) -> Interpolation | Refusal:
    """Return the value of *text* with *variables*, or why Compose refuses it."""
    if "$" not in text:
        spelling = OffsetMap.identity(0, len(text))
        return Interpolation(text, (), spelling, spelling.ends)
    interpolator = _Interpolator(variables)
    try:
        pieces = list(interpolator.pieces(text, 0))
    except _RefusedError as error:
        return error.refusal
    starts, ends = array("q"), array("q")
    for part, start, end in pieces:
        if part.value == text[start:end]:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(part.value))
            ends.extend([end] * len(part.value))
    whole = _join([part for part, _, _ in pieces])
    spelling = OffsetMap(starts, ends, 0, len(text))
    return Interpolation(whole.value, tuple(interpolator.lookups), spelling, whole.ends)


class _RefusedError(Exception):
    def __init__(self, reason: Reason, detail: str, *variables: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail, variables)


class _Part(NamedTuple):
    """The value of a part of a text, and the `ends` of its characters."""

    value: str
    ends: Sequence[int]

    @classmethod
    def substituted(cls, value: str) -> _Part:
        """Return a part that is not written in the text."""
        return cls(value, array("q", [-1]) * len(value))

    @classmethod
    def literal(cls, value: str, start: int) -> _Part:
        """Return a part that is written in the text at the offset *start*."""
        return cls(value, range(start + 1, start + len(value) + 1))


def _join(parts: list[_Part]) -> _Part:
    ends = array("q")
    for part in parts:
        ends.extend(part.ends)
    return _Part("".join([part.value for part in parts]), ends)


@dataclass(slots=True)
class _Interpolator:
    """The interpolation of a text, including its defaults."""

    variables: Mapping[str, str]
    lookups: list[Lookup] = field(default_factory=list)
    _added: int = 0
    _depth: int = 0
    _at: tuple[int, int] = (0, 0)

    def pieces(self, text: str, base: int) -> Iterator[tuple[_Part, int, int]]:
        """Yield the value of each part of *text*, and the range of that part.

        *base* is the offset of *text* in the whole text.
        """
        position = 0
        lines = _Lines(text)
        while match := _START.search(text, position):
            start, end = match.span()
            before = _Part.literal(text[position:start], base + position)
            yield before, position, start
            if match["escaped"]:
                part = _Part.substituted("$")
            elif name := match["named"]:
                part = self._plain(name, start, end)
            else:
                part, end = self._braced(text, start, lines, base)
            self._added += len(part.value)
            if self._added > _LONGEST:
                detail = f"its variables add more than {_LONGEST:,} characters"
                raise _RefusedError(Reason.BAD_INTERPOLATION, detail)
            yield part, start, end
            position = end
        yield _Part.literal(text[position:], base + position), position, len(text)

    def _braced(
        self, text: str, start: int, lines: _Lines, base: int
    ) -> tuple[_Part, int]:
        """Return the value of the `${…}` at *start*, and its end."""
        match = _BRACED.match(text, start)
        if match is None:
            raise _malformed(text, start)
        if match["operator"] is None:
            return self._plain(match["name"], start, match.end()), match.end()
        last = lines.last_brace(start)
        if last < match.end():
            raise _malformed(text, start)
        close = _closing_brace(text, start, last)
        argument = _Part.literal(text[match.end() : close], base + match.end())
        name, operator = match["name"], match["operator"]
        return self._operation(name, operator, argument, (start, close + 1)), close + 1

    def _plain(self, name: str, start: int, end: int) -> _Part:
        value = self.variables.get(name)
        self._record(name, start, end, unset=value is None)
        return _Part.substituted(value or "")

    def _operation(
        self, name: str, operator: str, argument: _Part, at: tuple[int, int]
    ) -> _Part:
        self._record(name, *at, unset=False)
        value = self.variables.get(name)
        has_value = value is not None and (value != "" or operator[0] != ":")
        match operator[-1]:
            case "-" if not has_value:
                return self._nested(argument, at)
            case "+":
                return (
                    self._nested(argument, at) if has_value else _Part.substituted("")
                )
            case "?" if not has_value:
                message = self._nested(argument, at).value
                detail = f"`{name}` is required" + (f": {message}" if message else "")
                raise _RefusedError(Reason.VARIABLE_REQUIRED, detail, name)
            case _:
                return _Part.substituted(value or "")

    def _nested(self, argument: _Part, at: tuple[int, int]) -> _Part:
        if self._depth == _DEEPEST:
            detail = f"defaults are nested more than {_DEEPEST} levels deep"
            raise _RefusedError(Reason.BAD_INTERPOLATION, detail)
        outer = self._at
        self._at = at if self._depth == 0 else outer
        self._depth += 1
        base = argument.ends[0] - 1 if argument.value else 0
        whole = _join([part for part, _, _ in self.pieces(argument.value, base)])
        self._depth -= 1
        self._at = outer
        return whole

    def _record(self, name: str, start: int, end: int, *, unset: bool) -> None:
        # A variable in a default has the range of the outermost variable.
        start, end = self._at if self._depth else (start, end)
        self.lookups.append(Lookup(name, start, end, unset))


def _malformed(text: str, start: int) -> _RefusedError:
    end = text.find("}", start) + 1
    variable = text[start : end or None][:40].partition("\n")[0]
    detail = (
        f"`{variable}` is not a variable: write `${{NAME}}`, or `$$` for a dollar sign"
    )
    return _RefusedError(Reason.BAD_INTERPOLATION, detail)


class _Lines:
    """Finds the last closing brace of a line, once per line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = -1
        self._last = -1

    def last_brace(self, position: int) -> int:
        """Return the index of the last `}` in the line of *position*, or -1."""
        if position > self._end:
            end = self._text.find("\n", position)
            self._end = len(self._text) if end < 0 else end
            self._last = self._text.rfind("}", position, self._end)
        return self._last


def _closing_brace(text: str, start: int, last: int) -> int:
    """Return the index of the brace that closes the variable at *start*.

    It is *last* if the braces do not balance up to there.
    """
    depth = 0
    for brace in _BRACES.finditer(text, start, last + 1):
        depth += -1 if brace[0] == "}" else 1
        if depth == 0:
            return brace.start()
    return last
