"""Make text safe and, on a terminal, pleasant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_CONTROL: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return *text* with control characters escaped.

    What files and registries say is data: it must not move the cursor, break a
    line, or turn the direction of writing.
    """
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


@dataclass(frozen=True, slots=True)
class Style:
    """ANSI colours, or none of them."""

    color: bool = False

    def bold(self, text: str) -> str:
        """Emphasise *text*."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """Let *text* stand back."""
        return self._paint("2", text)

    def red(self, text: str) -> str:
        """Mark *text* as wrong, or as removed."""
        return self._paint("31", text)

    def green(self, text: str) -> str:
        """Mark *text* as right, or as added."""
        return self._paint("32", text)

    def yellow(self, text: str) -> str:
        """Mark *text* as something to look at."""
        return self._paint("33", text)

    def cyan(self, text: str) -> str:
        """Mark *text* as a hint."""
        return self._paint("36", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text
