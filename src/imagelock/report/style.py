"""Escape untrusted text for output, and color it on a terminal."""

from __future__ import annotations

import re
from typing import Final

from imagelock.dataclass import dataclass

_CONTROL: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_COMMAND: Final = re.compile(r"#(?=#[a-z]*\[)|\A\s*:(?=:)")
"""What makes a line a command: GitHub's `::x::` at its start and `##[x]`, `##vso[` of
Azure Pipelines and `##teamcity[` anywhere in it."""


def printable(text: str) -> str:
    """Return *text* with control characters escaped.

    Text from files and registries is untrusted: it must not move the cursor, break
    a line, change the direction of text, or be a command of a CI system.
    """
    text = _CONTROL.sub(_escaped, text)
    return _COMMAND.sub(_escaped, text) if "##" in text or "::" in text else text


def inert_json(text: str) -> str:
    """Return JSON *text* in which no line is a command of a CI system."""
    return re.sub("#(?=#)", r"\\u0023", text)  # only strings have it


def _escaped(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}"


@dataclass(frozen=True, slots=True)
class Style:
    """ANSI colors, or plain text without *color*."""

    color: bool = False

    def bold(self, text: str) -> str:
        """Emphasize *text*."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """De-emphasize *text*."""
        return self._paint("2", text)

    def red(self, text: str) -> str:
        """Mark *text* as an error or a removal."""
        return self._paint("31", text)

    def green(self, text: str) -> str:
        """Mark *text* as correct or an addition."""
        return self._paint("32", text)

    def yellow(self, text: str) -> str:
        """Mark *text* as a warning or a change."""
        return self._paint("33", text)

    def cyan(self, text: str) -> str:
        """Mark *text* as a hint."""
        return self._paint("36", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text


def plural(count: int, word: str) -> str:
    """Return `1 image`, `2 images`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
