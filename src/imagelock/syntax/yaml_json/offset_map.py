"""Map the characters of a value to the characters of its source."""

from __future__ import annotations

import json
import re
import sys
from array import array
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json.yaml_events import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.syntax.yaml_json.tree import Scalar

_BLANK: Final = " \t\r\n\x85\u2028\u2029"
_DOUBLE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|.)|.",
    re.DOTALL,
)
_SINGLE: Final = re.compile(r"''|.", re.DOTALL)
_PLAIN: Final = re.compile(r".", re.DOTALL)
_ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
"""YAML 1.2.2, section 5.7; every other character stands for itself."""

_Token = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """For each character of a value, its range of the source.

    `starts` and `ends` have one character offset per character of the value, and do
    not decrease. `start` and `end` are the range of the whole value.
    """

    starts: Sequence[int]
    ends: Sequence[int]
    start: int
    end: int

    @classmethod
    def identity(cls, start: int, end: int) -> OffsetMap:
        """Return the map of a value that has no escapes."""
        return cls(range(start, end), range(start + 1, end + 1), start, end)

    def range(self, first: int, last: int) -> tuple[int, int]:
        """Return the range of the source of the characters from *first* to *last*.

        It includes neighbouring text without a value, such as an empty variable.
        """
        start = self.ends[first - 1] if first else self.start
        end = self.starts[last] if last < len(self.starts) else self.end
        if first < last:
            # A neighbour can be part of the same substitution.
            start = min(start, self.starts[first])
            end = max(end, self.ends[last - 1])
        return start, max(start, end)


def map_offsets(source: str, scalar: Scalar) -> OffsetMap:
    """Map the value of *scalar* to *source*, a YAML or JSON text.

    Visible characters are exact. Line breaks and indentation, which YAML folds,
    have one range together. If *source* and the value cannot be aligned, the range
    of every character is that of the whole scalar.
    """
    start, end = scalar.start, scalar.end
    text = source[start:end]
    if text == scalar.value:
        return OffsetMap.identity(start, end)
    tokens = _tokens(text, _style(source, scalar), start)
    if (offsets := _align(scalar.value, tokens, scalar)) is not None:
        return offsets
    size = len(scalar.value)
    return OffsetMap([start] * size, [end] * size, start, end)


def _style(source: str, scalar: Scalar) -> re.Pattern[str]:
    quote = source[scalar.start - 1 : scalar.start]
    if scalar.block:
        return _PLAIN
    return {'"': _DOUBLE, "'": _SINGLE}.get(quote, _PLAIN)


def _tokens(text: str, style: re.Pattern[str], offset: int) -> Iterator[_Token]:
    """Yield the visible characters of *text*, escapes resolved, with their ranges."""
    for match in style.finditer(clean(text)):
        character = match[0]
        if len(character) > 1:
            character = _unescape(character)
        if character not in _BLANK:
            yield character, match.start() + offset, match.end() + offset


def _unescape(escape: str) -> str:
    """Return the character of *escape*, which is in a quoted scalar."""
    code = escape[1:]
    if escape == "''" or len(code) == 1:
        return _ESCAPES.get(code, code)
    if code[0] == "u":
        # A surrogate pair is one character, as in JSON.
        return str(json.loads(f'"{escape}"'))
    if code[0] in "xU":
        return chr(min(int(code[1:], 16), sys.maxunicode))
    return code[0]


def _align(value: str, tokens: Iterator[_Token], scalar: Scalar) -> OffsetMap | None:
    """Align the visible characters of *value* with *tokens*, if they are equal."""
    starts, ends = array("q"), array("q")
    position = scalar.start
    blanks = 0
    for character in value:
        if character in _BLANK:
            blanks += 1
            continue
        token = next(tokens, None)
        if token is None or token[0] != character:
            return None
        _fill(starts, ends, blanks, (position, token[1]))
        blanks, position = 0, token[2]
        starts.append(token[1])
        ends.append(position)
    if next(tokens, None) is not None:
        return None
    _fill(starts, ends, blanks, (position, scalar.end))
    return OffsetMap(starts, ends, scalar.start, scalar.end)


def _fill(
    starts: array[int], ends: array[int], count: int, gap: tuple[int, int]
) -> None:
    """Add *count* invisible characters, whose range in the source is *gap*."""
    start, end = gap
    if count == end - start:
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))
    else:
        starts.extend([start] * count)
        ends.extend([end] * count)
