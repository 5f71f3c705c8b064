"""Text that consists of pieces of a file, with the offset of each character."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Self

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class SourceSlice:
    """Characters of a file, in order, but not always contiguous.

    `offsets[i]` is the character offset of `text[i]` in the file.
    """

    text: str
    offsets: Sequence[int]

    @classmethod
    def of(cls, source: str, parts: Sequence[tuple[int, int]]) -> Self:
        """Return the characters of *source* in the half-open ranges *parts*."""
        if len(parts) == 1:
            start, end = parts[0]
            return cls(source[start:end], range(start, end))
        offsets = array("q")
        for start, end in parts:
            offsets.extend(range(start, end))
        return cls("".join(source[start:end] for start, end in parts), offsets)

    def part(self, start: int, end: int) -> SourceSlice:
        """Return the characters from index *start* up to index *end*."""
        return SourceSlice(self.text[start:end], self.offsets[start:end])

    def pick(self, indexes: Iterable[int]) -> SourceSlice:
        """Return the characters at *indexes*."""
        chosen = list(indexes)
        text = "".join([self.text[index] for index in chosen])
        return SourceSlice(text, array("q", [self.offsets[index] for index in chosen]))

    def strip(self) -> SourceSlice:
        """Return the slice without white space at both ends."""
        start = len(self.text) - len(self.text.lstrip())
        end = len(self.text.rstrip())
        return self.part(start, max(start, end))

    @property
    def start(self) -> int:
        """The offset in the file of the first character; the slice must not be empty."""
        return self.offsets[0]

    @property
    def end(self) -> int:
        """The offset in the file after the last character; the slice must not be empty."""
        return self.offsets[-1] + 1
