"""A line of a file below a message, with carets under what the message is about."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from imagelock.report.style import Style, is_command, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.source_line import SourceLine

_WIDTH: Final = 120
"""In columns, where there is no terminal."""

_NARROWEST: Final = 20
_LONGEST: Final = 2_000
"""Characters on either side of the place that are looked at: a line may have millions."""

_TAB: Final = "    "
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that would change how the line is displayed."""

_CUT: Final = "…"


def format_excerpt(source: SourceLine, style: Style) -> str:
    """Return the line, and a line with carets: two lines, as wide as the terminal.

    Text of files is untrusted: what moves the cursor or cannot be seen is escaped, and
    of a long line the surroundings of the place are shown.
    """
    number = f"{source.line:>3}"
    gutter = f"{number} | "
    room = max((style.width or _WIDTH) - len(gutter), _NARROWEST)
    first = max(source.column - 1 - _LONGEST, 0)
    text = source.text[first : source.column - 1 + _LONGEST]
    start = source.column - 1 - first
    end = min(start + source.length, len(text))
    shown = _shown(text)
    widths = [_columns(each) for each in shown]
    left, right = _window(widths, start, room)
    is_cut = first + left > 0 and any(not each.isspace() for each in shown[:left])
    head = _CUT if is_cut else ""
    tail = _CUT if first + right < len(source.text) else ""
    line = f"{head}{''.join(shown[left:right])}{tail}"
    indent = len(head) + sum(widths[left:start])
    margin = f"{'':{len(number)}} | "
    carets = "^" * max(sum(widths[start : min(end, right)]), 1)
    return (
        f"{style.dim(gutter)}{line}".rstrip() + "\n"
        f"{style.dim(margin)}{'':{indent}}{style.red(carets)}\n"
    )


def _shown(text: str) -> list[str]:
    """Return each character of *text* as it is displayed."""
    return [
        _TAB
        if character == "\t"
        else _escaped(character)
        if unicodedata.category(character) in _INVISIBLE or is_command(text, index)
        else character
        for index, character in enumerate(text)
    ]


def _escaped(character: str) -> str:
    escaped = printable(character)
    return f"\\u{ord(character):04x}" if escaped == character else escaped


def _columns(shown: str) -> int:
    """Return how many columns *shown*, a character or its escape, takes."""
    if shown.isascii():
        return len(shown)
    if unicodedata.combining(shown) or unicodedata.category(shown) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(shown) in "WF" else 1


def _window(widths: Sequence[int], start: int, room: int) -> tuple[int, int]:
    """Return the range of the characters that fit into *room* columns around *start*."""
    if sum(widths) <= room:
        return 0, len(widths)
    room -= 2 * len(_CUT)
    left, used = start, 0
    while left > 0 and used + widths[left - 1] <= room // 2:
        left -= 1
        used += widths[left]
    right = start
    while right < len(widths) and used + widths[right] <= room:
        used += widths[right]
        right += 1
    while left > 0 and used + widths[left - 1] <= room:
        left -= 1
        used += widths[left]
    return left, right
