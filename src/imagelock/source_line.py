"""A part of a file that a message shows."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import Self


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file, and the part of it that a message is about.

    `text` is the line without its end. `line` and `column` count from 1; `column` and
    `length` are in code points. A `length` of 0 is a place between two characters.
    """

    text: str
    line: int
    column: int
    length: int = 0

    @classmethod
    def cut(cls, text: str, start: int, end: int) -> Self:
        """Return the line of *text*, a file, in which its characters from *start* are.

        *end* is behind the last character that the message is about.
        """
        before = text.rfind("\n", 0, start) + 1
        after = text.find("\n", start)
        line = text[before : len(text) if after < 0 else after].removesuffix("\r")
        column = min(start - before, len(line))
        return cls(
            line,
            text.count("\n", 0, start) + 1,
            column + 1,
            max(min(end - before, len(line)) - column, 0),
        )

    @classmethod
    def at(cls, text: str, line: int, column: int) -> Self:
        """Return the *line* of *text* with a place at its *column*."""
        lines = text.split("\n")
        content = lines[line - 1] if line <= len(lines) else ""
        return cls(content.removesuffix("\r"), line, column)
