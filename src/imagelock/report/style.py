"""Escape untrusted text for output, and color it on a terminal."""

from __future__ import annotations

import re

from imagelock.dataclass import dataclass
from imagelock.light_typing import Final

# Most texts need none of these, so that they are compiled when a text does.
_CONTROL: Final = (
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_COMMAND: Final = r"#(?=#[a-z]*\[)|\A\s*:(?=:)"
"""What makes a line a command: GitHub's `::x::` at its start and `##[x]`, `##vso[` of
Azure Pipelines and `##teamcity[` anywhere in it."""


def printable(text: str) -> str:
    """Return *text* with control characters escaped.

    Text from files and registries is untrusted: it must not move the cursor, break
    a line, change the direction of text, or be a command of a CI system.
    """
    if not text.isprintable():
        text = re.sub(_CONTROL, _escaped, text)
    is_command = "##" in text or "::" in text
    return re.sub(_COMMAND, _escaped, text) if is_command else text


def is_command(text: str, index: int) -> bool:
    """Return whether a command of a CI system begins at *index* of *text*."""
    return text[index] == "#" and bool(re.compile(_COMMAND).match(text, index))


def inert_json(text: str) -> str:
    """Return JSON *text* in which no line is a command of a CI system."""
    return re.sub("#(?=#)", r"\\u0023", text)  # only strings have it


def _escaped(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}"


_LABEL: Final = r"\A(?:error|warning|note|hint|held)(?=:)"
_LONGEST_CODE: Final = 30
_ESCAPE: Final = "\x1b\\[[0-9;]*m"


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks where it is printed.

    Without *color* it has no ANSI colors. *width* is that of the terminal, in columns,
    or `None` if it is no terminal: then no line is wrapped, so that programs can read
    them.

    The colors can be read on a light and on a dark background: no yellow, which is
    nearly white on white, no cyan, and no blue, which is nearly black on black.
    """

    color: bool = False
    width: int | None = None

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

    def magenta(self, text: str) -> str:
        """Mark *text* as a warning or a change, as GCC and Clang do."""
        return self._paint("35", text)

    def labeled(self, text: str) -> str:
        """Return *text*, lines of plain text, with their labels colored, and wrapped.

        A label is `error`, `hint` and the like at the start of a line.
        """
        lines = text.split("\n")
        return "\n".join(
            self.wrap(re.sub(_LABEL, self._label, e, count=1)) for e in lines
        )

    def wrap(self, line: str, indent: int = 4) -> str:
        """Return *line* broken between words to fit the terminal, if there is one.

        The lines after the first are indented by *indent* columns. Words that are too
        long stay whole, so that they can be copied.
        """
        if self.width is None or _columns(line) <= self.width:
            return line
        lines: list[str] = []
        for word in _words(line):
            longer = f"{lines[-1]} {word}" if lines else word
            if not lines or (lines[-1].strip() and _columns(longer) > self.width):
                lines.append(f"{'':{indent}}{word}" if lines else word)
            else:
                lines[-1] = longer
        return "\n".join(lines)

    def _label(self, match: re.Match[str]) -> str:
        label = match[0]
        if label == "error":
            return self.red(label)
        return self.magenta(label) if label == "warning" else self.bold(label)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text


def _words(line: str) -> list[str]:
    """Return the words of *line*; a short piece of code, in backquotes, is one."""
    words: list[str] = []
    for word in line.split(" "):
        is_open = words and words[-1].count("`") % 2 and len(words[-1]) < _LONGEST_CODE
        if is_open:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _columns(text: str) -> int:
    """Return about how many columns *text* takes, without its colors."""
    plain = re.sub(_ESCAPE, "", text) if "\x1b" in text else text
    if plain.isascii():
        return len(plain)
    from unicodedata import east_asian_width  # few messages need it

    return sum(2 if east_asian_width(each) in "WF" else 1 for each in plain)


def plural(count: int, word: str) -> str:
    """Return `1 image`, `2 images`, `2 repositories`."""
    if count == 1:
        return f"{count} {word}"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{count} {word[:-1]}ies"
    return f"{count} {word}s"
