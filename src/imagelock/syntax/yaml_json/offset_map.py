"""How text is written: which characters of a source each of its characters is."""

from __future__ import annotations

import json
import re
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
    """Characters, and the range of the source that each of them was written as.

    `starts` and `ends` have one offset a character, in its order, and do not
    decrease. `start` and `end` are where the whole is written.
    """

    starts: Sequence[int]
    ends: Sequence[int]
    start: int
    end: int

    @classmethod
    def same(cls, start: int, end: int) -> OffsetMap:
        """Return the spelling of text that is written as it is."""
        return cls(range(start, end), range(start + 1, end + 1), start, end)

    def range(self, first: int, last: int) -> tuple[int, int]:
        """Return where the characters from *first* up to *last* are written.

        What stands beside them and means nothing, such as a variable that is
        empty, belongs to them.
        """
        start = self.ends[first - 1] if first else self.start
        end = self.starts[last] if last < len(self.starts) else self.end
        if first < last:
            # A neighbour can be part of the same substitution.
            start = min(start, self.starts[first])
            end = max(end, self.ends[last - 1])
        return start, max(start, end)


def map_offsets(source: str, scalar: Scalar) -> OffsetMap:
    """Return how the value of *scalar* is written in *source*, a YAML or JSON text.

    Visible characters are exact. Line breaks and indentation, which YAML folds,
    are only known together. Where *source* cannot be followed, every character
    of the value is written as the whole.
    """
    start, end = scalar.start, scalar.end
    written = source[start:end]
    if written == scalar.value:
        return OffsetMap.same(start, end)
    tokens = _tokens(written, _style(source, scalar), start)
    if (spelling := _aligned(scalar.value, tokens, scalar)) is not None:
        return spelling
    size = len(scalar.value)
    return OffsetMap([start] * size, [end] * size, start, end)


def _style(source: str, scalar: Scalar) -> re.Pattern[str]:
    quote = source[scalar.start - 1 : scalar.start]
    if scalar.block:
        return _PLAIN
    return {'"': _DOUBLE, "'": _SINGLE}.get(quote, _PLAIN)


def _tokens(written: str, style: re.Pattern[str], offset: int) -> Iterator[_Token]:
    """Yield the characters that *written* means, the invisible ones left out."""
    for match in style.finditer(clean(written)):
        character = match[0]
        if len(character) > 1:
            character = _unescaped(character)
        if character not in _BLANK:
            yield character, match.start() + offset, match.end() + offset


def _unescaped(written: str) -> str:
    """Return the character that *written*, an escape of a quoted scalar, means."""
    code = written[1:]
    if written == "''" or len(code) == 1:
        return _ESCAPES.get(code, code)
    if code[0] == "u":
        # Two of them can be one character, as in JSON.
        return str(json.loads(f'"{written}"'))
    if code[0] in "xU":
        return chr(min(int(code[1:], 16), sys.maxunicode))
    return code[0]


def _aligned(value: str, tokens: Iterator[_Token], scalar: Scalar) -> OffsetMap | None:
    """Lay the visible characters of *value* beside *tokens*, if they agree."""
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
    starts: array[int], ends: array[int], count: int, missing_reason: tuple[int, int]
) -> None:
    """Add *count* invisible characters, which are written as *missing_reason*."""
    start, end = missing_reason
    if count == end - start:
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))
    else:
        starts.extend([start] * count)
        ends.extend([end] * count)
