r"""Files of `java.util.Properties`, with the place of each value.

name = value      `=`, `:` or a blank ends a name
# comment         also with `!`, and only at the begin of a line
a = b\            a line goes on in the next, without the blanks at its begin
c
a\:b = \u0041     escapes, in names and values
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTINUED: Final = r"\\(?:\r\n|\r|\n)[ \t\f]*+"
_BLANKS: Final = rf"(?:[ \t\f]|{_CONTINUED})*+"
_REST: Final = rf"(?:{_CONTINUED}|[^\\\r\n]|\\[^\r\n]|\\\Z)*+"
_ENTRY: Final = re.compile(
    rf"[ \t\f]*+(?:[#!][^\r\n]*+|"
    rf"(?P<name>(?:{_CONTINUED}|[^\\=:\s]|[\v\x1c-\x1f\x85\xa0\u2028\u2029]|\\[^\r\n]|\\\Z)++)"
    rf"{_BLANKS}[=:]?+{_BLANKS}"
    rf"(?P<value>{_REST})|{_REST})(?:\r\n|\r|\n|\Z)"
)
_ESCAPE: Final = re.compile(
    rf"{_CONTINUED}|\\u(?P<hex>[0-9a-fA-F]{{4}})|\\(?P<other>.)|\\\Z", re.DOTALL
)
_LETTERS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Property:
    """A name and its value, `None` if it has an escape that Java refuses.

    `start` and `end` are the character offsets of the value as it is written.
    """

    name: str
    value: str | None
    start: int
    end: int


def properties(text: str) -> Iterator[Property]:
    """Yield the properties of *text* in their order, also those that are set again."""
    position = 1 if text.startswith("\ufeff") else 0
    while position < len(text) and (match := _ENTRY.match(text, position)):
        position = match.end()
        name = _unescaped(match["name"] or "")
        if name:
            value = _unescaped(match["value"])
            yield Property(name, value, *match.span("value"))


def _unescaped(written: str) -> str | None:
    """Return what *written* stands for; `None` for an escape without four digits."""
    if "\\" not in written:
        return written
    refused = False

    def meaning(match: re.Match[str]) -> str:
        nonlocal refused
        if match["hex"]:
            return chr(int(match["hex"], 16))
        letter = match["other"] or ""
        refused |= letter == "u"
        return _LETTERS.get(letter, letter)

    value = _ESCAPE.sub(meaning, written)
    return None if refused or _SURROGATE.search(value) else value
