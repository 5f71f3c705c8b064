"""The text of a file, with the byte offset of each character."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from itertools import accumulate, count
from operator import add

from imagelock.dataclass import dataclass, field
from imagelock.errors import UnreadableFileError
from imagelock.light_typing import Final, Self
from imagelock.model.span import Span

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_STEP: Final = 256
"""Characters between two indexed byte offsets.

An index by line would not do: some files are one line of a megabyte.
"""


@dataclass(frozen=True, slots=True)
class Text:
    """The decoded characters of a file, with a map to its bytes.

    The encoding is UTF-8 unless a byte order mark indicates UTF-16; `value` does
    not include the mark, and `mark` is its length in bytes. A byte that is not
    UTF-8 becomes one lone surrogate (`surrogateescape`), so that a comment in
    Latin-1 does not make a file unreadable and no offset shifts.
    """

    value: str
    encoding: str = "utf-8"
    mark: int = 0
    _lines: list[int] = field(default_factory=list, repr=False, compare=False)
    _bytes: list[int] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the text of *data*.

        Raises:
            UnreadableFileError: the file is binary, or damaged UTF-16.
        """
        mark, encoding = next(
            ((mark, name) for mark, name in _MARKS if data.startswith(mark)),
            (b"", "utf-8"),
        )
        try:
            value = data[len(mark) :].decode(encoding, _errors(encoding))
        except UnicodeDecodeError as error:
            message = f"not {encoding.upper()}, as its byte order mark promises"
            raise UnreadableFileError(message) from error
        if "\0" in value:
            hint = "it is a binary file, or damaged"
            raise UnreadableFileError("contains NUL characters", hint=hint)
        return cls(value, encoding, len(mark))

    def encode(self, value: str) -> bytes:
        """Return the bytes of *value* as this file would write them."""
        return value.encode(self.encoding, _errors(self.encoding))

    def decode_part(self, data: bytes) -> str:
        """Return the characters of *data*, a part of this file; damage is replaced."""
        errors = _errors(self.encoding)
        return data.decode(self.encoding, "replace" if errors == "strict" else errors)

    def span(self, start: int, end: int) -> Span:
        """Return the span of the characters from *start* up to *end*."""
        line, column = self.position(start)
        return Span(self._offset(start), self._offset(end), line, column)

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and the column, from 1, of the character at *index*."""
        if not self._lines:
            self._index_lines()
        line = bisect_right(self._lines, index)
        return line, index - self._lines[line - 1] + 1

    def _offset(self, index: int) -> int:
        """Return the byte offset of the character at *index*."""
        if self.encoding == "utf-8" and self.value.isascii():
            return self.mark + index
        if not self._bytes:
            self._index_bytes()
        step = index // _STEP
        return self._bytes[step] + self._width(step * _STEP, index)

    def _index_lines(self) -> None:
        lengths = map(len, self.value.split("\n"))
        # Before a line there are the lines above, and as many breaks.
        starts = map(add, accumulate(lengths, initial=0), count())
        self._lines.extend(starts)
        self._lines.pop()

    def _index_bytes(self) -> None:
        offset = self.mark
        for start in range(0, len(self.value) + 1, _STEP):
            self._bytes.append(offset)
            offset += self._width(start, start + _STEP)

    def _width(self, start: int, end: int) -> int:
        piece = self.value[start:end]
        if self.encoding == "utf-8" and piece.isascii():
            return len(piece)
        return len(self.encode(piece))


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding == "utf-8" else "strict"
