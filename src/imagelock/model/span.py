"""Ranges of bytes in files."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import Final


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of bytes, and the line and column of its start.

    `start` and `end` are byte offsets from the beginning of the file, its byte
    order mark included. `line` and `column` count from 1; a line ends at a line
    feed and at nothing else, and columns count code points, as editors do.
    """

    start: int
    end: int
    line: int
    column: int


FILE_START: Final = Span(0, 0, 1, 1)
"""The place of what is about a file as a whole."""
