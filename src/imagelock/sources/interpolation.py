"""Variables in the values of a Compose file: `$NAME` and `${NAME:-default}`.

The rules are those of compose-go's package `template`:

    form                unset     empty         set
    $V, ${V}            ""        ""            value
    ${V-d}  ${V:-d}     d         "" / d        value
    ${V+a}  ${V:+a}     ""        a / ""        a
    ${V?m}  ${V:?m}     refused   "" / refused  value

`$$` is `$`; `$1` and a lone `$` stand for themselves. What stands behind the
operator may hold variables too.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.occurrence import Reason
from imagelock.sources.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEEPEST: Final = 50
"""How many defaults may stand in one another."""

_LONGEST: Final = 128 * 1024
"""How many characters the variables of one text may add: Linux allows no longer one."""

_START: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_][A-Za-z0-9_]*+)|\{)"
)
_BRACED: Final = re.compile(
    r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*+)(?:(?P<operator>:?[-+?])|\})"
)
# The character behind an opening brace does not count, which is how `{}` passes.
_BRACES: Final = re.compile(r"\}|\{.?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A variable that was looked at, and where: character offsets of the text.

    `unset` tells that it added nothing although it was meant to: it has neither
    a value nor a default.
    """

    name: str
    start: int
    end: int
    unset: bool


@dataclass(frozen=True, slots=True)
class Interpolation:
    """What a text means. `spelling` leads from its characters back to the text."""

    value: str
    lookups: tuple[Lookup, ...]
    spelling: Spelling

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that decided the value, the first one first."""
        return tuple(dict.fromkeys(lookup.name for lookup in self.lookups))

    @property
    def unset(self) -> tuple[str, ...]:
        """The names of the variables without a value and without a default."""
        return tuple(dict.fromkeys(one.name for one in self.lookups if one.unset))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text has no meaning: a malformed form, or a required variable."""

    reason: Reason
    detail: str
    variables: tuple[str, ...] = ()


def interpolate(text: str, variables: Mapping[str, str]) -> Interpolation | Refusal:
    """Return what *text* means with *variables*, or why Compose refuses it."""
    if "$" not in text:
        return Interpolation(text, (), Spelling.same(0, len(text)))
    reading = _Reading(variables)
    try:
        pieces = list(reading.pieces(text))
    except _RefusedError as error:
        return error.refusal
    starts, ends = array("q"), array("q")
    for value, start, end in pieces:
        if value == text[start:end]:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(value))
            ends.extend([end] * len(value))
    return Interpolation(
        "".join([value for value, _, _ in pieces]),
        tuple(reading.lookups),
        Spelling(starts, ends, 0, len(text)),
    )


class _RefusedError(Exception):
    def __init__(self, reason: Reason, detail: str, *variables: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail, variables)


@dataclass(slots=True)
class _Reading:
    """One reading of one text, its defaults included."""

    variables: Mapping[str, str]
    lookups: list[Lookup] = field(default_factory=list)
    _added: int = 0
    _depth: int = 0
    _at: tuple[int, int] = (0, 0)

    def pieces(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield what each part of *text* means, and the range of that part."""
        position = 0
        lines = _Lines(text)
        while match := _START.search(text, position):
            start, end = match.span()
            yield text[position:start], position, start
            if match["escaped"]:
                value = "$"
            elif name := match["named"]:
                value = self._plain(name, start, end)
            else:
                value, end = self._braced(text, start, lines)
            self._added += len(value)
            if self._added > _LONGEST:
                detail = f"its variables add more than {_LONGEST:,} characters"
                raise _RefusedError(Reason.BAD_INTERPOLATION, detail)
            yield value, start, end
            position = end
        yield text[position:], position, len(text)

    def _braced(self, text: str, start: int, lines: _Lines) -> tuple[str, int]:
        """Return the value of the form at *start*, and where the form ends."""
        match = _BRACED.match(text, start)
        if match is None:
            raise _malformed(text, start)
        if match["operator"] is None:
            return self._plain(match["name"], start, match.end()), match.end()
        last = lines.last_brace(start)
        if last < match.end():
            raise _malformed(text, start)
        close = _closing(text, start, last)
        argument = text[match.end() : close]
        name, operator = match["name"], match["operator"]
        return self._applied(name, operator, argument, (start, close + 1)), close + 1

    def _plain(self, name: str, start: int, end: int) -> str:
        value = self.variables.get(name)
        self._look(name, start, end, unset=value is None)
        return value or ""

    def _applied(
        self, name: str, operator: str, argument: str, at: tuple[int, int]
    ) -> str:
        self._look(name, *at, unset=False)
        value = self.variables.get(name)
        has_value = value is not None and (value != "" or operator[0] != ":")
        match operator[-1]:
            case "-":
                return (value or "") if has_value else self._nested(argument, at)
            case "+":
                return self._nested(argument, at) if has_value else ""
            case _ if has_value:
                return value or ""
            case _:
                message = self._nested(argument, at)
                detail = f"`{name}` is required" + (f": {message}" if message else "")
                raise _RefusedError(Reason.VARIABLE_REQUIRED, detail, name)

    def _nested(self, argument: str, at: tuple[int, int]) -> str:
        if self._depth == _DEEPEST:
            detail = f"more than {_DEEPEST} defaults stand in one another"
            raise _RefusedError(Reason.BAD_INTERPOLATION, detail)
        outer = self._at
        self._at = at if self._depth == 0 else outer
        self._depth += 1
        value = "".join([value for value, _, _ in self.pieces(argument)])
        self._depth -= 1
        self._at = outer
        return value

    def _look(self, name: str, start: int, end: int, *, unset: bool) -> None:
        # What stands in a default counts as standing where the outermost form does.
        start, end = self._at if self._depth else (start, end)
        self.lookups.append(Lookup(name, start, end, unset))


class _Lines:
    """The last closing brace of each line, found once a line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = -1
        self._last = -1

    def last_brace(self, position: int) -> int:
        """Return the index of the last `}` of the line of *position*, or -1."""
        if position > self._end:
            end = self._text.find("\n", position)
            self._end = len(self._text) if end < 0 else end
            self._last = self._text.rfind("}", position, self._end)
        return self._last


def _closing(text: str, start: int, last: int) -> int:
    """Return the brace that closes the form at *start*, at the latest *last*."""
    depth = 0
    for brace in _BRACES.finditer(text, start, last + 1):
        depth += -1 if brace[0] == "}" else 1
        if depth == 0:
            return brace.start()
    return last


def _malformed(text: str, start: int) -> _RefusedError:
    end = text.find("}", start) + 1
    form = text[start : end or None][:40].partition("\n")[0]
    detail = f"`{form}` is not a variable: write `${{NAME}}`, or `$$` for a dollar sign"
    return _RefusedError(Reason.BAD_INTERPOLATION, detail)
