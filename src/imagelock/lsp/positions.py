"""Positions of the language server protocol, and indexes of characters.

A position is a line and a character, both from 0, and characters count code units of
the encoding that client and server agreed on, UTF-16 by default (LSP 3.17, "Position").
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from lsprotocol.types import Position, PositionEncodingKind, Range

if TYPE_CHECKING:
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span

_END: Final = re.compile(r"\r\n|\r|\n")
"""Line ends of the protocol: no others, unlike those of `str.splitlines`."""
_CODECS: Final = {
    PositionEncodingKind.Utf8: ("utf-8", 1),
    PositionEncodingKind.Utf16: ("utf-16-le", 2),
    PositionEncodingKind.Utf32: ("utf-32-le", 4),
}
"""The codec of each encoding, and the bytes of a code unit."""


class PositionMap:
    """The positions of the characters of a text."""

    def __init__(self, text: str, encoding: PositionEncodingKind) -> None:
        self._text = text
        self._codec, self._bytes = _CODECS[encoding]
        ends = [(match.start(), match.end()) for match in _END.finditer(text)]
        self._starts = [0, *(end for _, end in ends)]
        self._ends = [*(start for start, _ in ends), len(text)]

    def index(self, position: Position) -> int:
        """Return the index of the character at *position*.

        Positions that do not exist are moved to the nearest before them: behind the
        text to its end, behind a line to the end of the line, and within a character
        to its start.
        """
        if position.line >= len(self._starts):
            return len(self._text)
        start, end = self._starts[position.line], self._ends[position.line]
        line = self._text[start:end]
        if line.isascii():
            return start + min(position.character, len(line))
        units = 0
        for number, character in enumerate(line):
            units += self._units(character)
            if units > position.character:
                return start + number
        return end

    def position(self, index: int) -> Position:
        """Return the position of the character at *index*."""
        line = bisect_right(self._starts, max(index, 0)) - 1
        start = self._starts[line]
        before = self._text[start : min(index, self._ends[line])]
        return Position(line, self._units(before))

    def range(self, start: int, end: int) -> Range:
        """Return the range of the characters from *start* up to *end*."""
        return Range(self.position(start), self.position(end))

    def indexes(self, place: Range) -> tuple[int, int]:
        """Return the indexes of the start and the end of *place*, the lower first."""
        start, end = self.index(place.start), self.index(place.end)
        return min(start, end), max(start, end)

    def _units(self, text: str) -> int:
        return len(text.encode(self._codec, "surrogatepass")) // self._bytes


class SpanMap:
    """The positions of spans of a file."""

    def __init__(self, data: bytes, text: Text, encoding: PositionEncodingKind) -> None:
        self.text = text
        self.positions = PositionMap(text.value, encoding)
        self._data = data
        self._lines = [0, *(m.end() for m in re.finditer("\n", text.value))]

    def range(self, span: Span) -> Range:
        """Return the range of *span*; without a length, the rest of its line.

        What is about a file as a whole is in its first line, which is shown whole.
        """
        start, end = self.indexes(span)
        if start == end:
            after = self.text.value.find("\n", start)
            end = len(self.text.value) if after < 0 else after
        return self.positions.range(start, end)

    def indexes(self, span: Span) -> tuple[int, int]:
        """Return the indexes of the characters that *span* covers."""
        last = len(self._lines)
        if span.line > last:  # the file is not the one that was checked
            return len(self.text.value), len(self.text.value)
        start = self._lines[span.line - 1] + span.column - 1
        part = self.text.decode_part(self._data[span.start : span.end])
        return start, start + len(part)
