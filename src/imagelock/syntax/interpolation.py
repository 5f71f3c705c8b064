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
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.model.occurrence import Reason
from imagelock.syntax.interpolation_braces import Lines, closing
from imagelock.syntax.yaml_json.offset_map import OffsetMap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    """What a text means. `spelling` leads from its characters back to the text.

    `ends` has, for each character that is written in the text itself, be it in a
    default, the offset behind it; -1 for what a variable or an escape gave.
    """

    value: str
    lookups: tuple[Lookup, ...]
    spelling: OffsetMap
    ends: Sequence[int]

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
        spelling = OffsetMap.same(0, len(text))
        return Interpolation(text, (), spelling, spelling.ends)
    reading = _Reading(variables)
    try:
        pieces = list(reading.pieces(text, 0))
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
    whole = _joined([part for part, _, _ in pieces])
    spelling = OffsetMap(starts, ends, 0, len(text))
    return Interpolation(whole.value, tuple(reading.lookups), spelling, whole.ends)


class _RefusedError(Exception):
    def __init__(self, reason: Reason, detail: str, *variables: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail, variables)


class _Part(NamedTuple):
    """What a part of a text means, and the `ends` of its characters."""

    value: str
    ends: Sequence[int]

    @classmethod
    def given(cls, value: str) -> _Part:
        """Return a part that does not stand in the text itself."""
        return cls(value, array("q", [-1]) * len(value))

    @classmethod
    def written(cls, value: str, start: int) -> _Part:
        """Return a part that is written from the offset *start* on."""
        return cls(value, range(start + 1, start + len(value) + 1))


def _joined(parts: list[_Part]) -> _Part:
    ends = array("q")
    for part in parts:
        ends.extend(part.ends)
    return _Part("".join([part.value for part in parts]), ends)


@dataclass(slots=True)
class _Reading:
    """One reading of one text, its defaults included."""

    variables: Mapping[str, str]
    lookups: list[Lookup] = field(default_factory=list)
    _added: int = 0
    _depth: int = 0
    _at: tuple[int, int] = (0, 0)

    def pieces(self, text: str, base: int) -> Iterator[tuple[_Part, int, int]]:
        """Yield what each part of *text* means, and the range of that part.

        *base* is the offset of *text* in the whole.
        """
        position = 0
        lines = Lines(text)
        while match := _START.search(text, position):
            start, end = match.span()
            before = _Part.written(text[position:start], base + position)
            yield before, position, start
            if match["escaped"]:
                part = _Part.given("$")
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
        yield _Part.written(text[position:], base + position), position, len(text)

    def _braced(
        self, text: str, start: int, lines: Lines, base: int
    ) -> tuple[_Part, int]:
        """Return the value of the form at *start*, and where the form ends."""
        match = _BRACED.match(text, start)
        if match is None:
            raise _malformed(text, start)
        if match["operator"] is None:
            return self._plain(match["name"], start, match.end()), match.end()
        last = lines.last_brace(start)
        if last < match.end():
            raise _malformed(text, start)
        close = closing(text, start, last)
        argument = _Part.written(text[match.end() : close], base + match.end())
        name, operator = match["name"], match["operator"]
        return self._applied(name, operator, argument, (start, close + 1)), close + 1

    def _plain(self, name: str, start: int, end: int) -> _Part:
        value = self.variables.get(name)
        self._look(name, start, end, unset=value is None)
        return _Part.given(value or "")

    def _applied(
        self, name: str, operator: str, argument: _Part, at: tuple[int, int]
    ) -> _Part:
        self._look(name, *at, unset=False)
        value = self.variables.get(name)
        has_value = value is not None and (value != "" or operator[0] != ":")
        match operator[-1]:
            case "-" if not has_value:
                return self._nested(argument, at)
            case "+":
                return self._nested(argument, at) if has_value else _Part.given("")
            case "?" if not has_value:
                message = self._nested(argument, at).value
                detail = f"`{name}` is required" + (f": {message}" if message else "")
                raise _RefusedError(Reason.VARIABLE_REQUIRED, detail, name)
            case _:
                return _Part.given(value or "")

    def _nested(self, argument: _Part, at: tuple[int, int]) -> _Part:
        if self._depth == _DEEPEST:
            detail = f"more than {_DEEPEST} defaults stand in one another"
            raise _RefusedError(Reason.BAD_INTERPOLATION, detail)
        outer = self._at
        self._at = at if self._depth == 0 else outer
        self._depth += 1
        base = argument.ends[0] - 1 if argument.value else 0
        whole = _joined([part for part, _, _ in self.pieces(argument.value, base)])
        self._depth -= 1
        self._at = outer
        return whole

    def _look(self, name: str, start: int, end: int, *, unset: bool) -> None:
        # What stands in a default counts as standing where the outermost form does.
        start, end = self._at if self._depth else (start, end)
        self.lookups.append(Lookup(name, start, end, unset))


def _malformed(text: str, start: int) -> _RefusedError:
    end = text.find("}", start) + 1
    form = text[start : end or None][:40].partition("\n")[0]
    detail = f"`{form}` is not a variable: write `${{NAME}}`, or `$$` for a dollar sign"
    return _RefusedError(Reason.BAD_INTERPOLATION, detail)
