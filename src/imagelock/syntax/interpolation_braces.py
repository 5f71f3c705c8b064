"""The braces of `${NAME:-default}`, in which defaults with braces may stand."""

from __future__ import annotations

import re
from typing import Final

# The character behind an opening brace does not count, which is how `{}` passes.
_BRACES: Final = re.compile(r"\}|\{.?", re.DOTALL)


class Lines:
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


def closing(text: str, start: int, last: int) -> int:
    """Return the brace that closes the form at *start*, at the latest *last*."""
    depth = 0
    for brace in _BRACES.finditer(text, start, last + 1):
        depth += -1 if brace[0] == "}" else 1
        if depth == 0:
            return brace.start()
    return last
