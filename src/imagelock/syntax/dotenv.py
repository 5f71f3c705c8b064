r"""Files of variables, `.env`, in the dialect of compose-go's package `dotenv`.

    NAME=value # comment      a comment needs a blank before it
    export NAME: value        as in a shell, or as in YAML
    NAME='$literal'           single quotes: nothing is expanded
    NAME="a\tb ${OTHER}"      double quotes: escapes, then variables
    NAME                      only passes on the variable of the caller

A quoted value can have several lines, and a later line beats an earlier one.
"""

from __future__ import annotations

import re
from collections import ChainMap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.syntax.interpolation import Refusal, interpolate

if TYPE_CHECKING:
    from collections.abc import Mapping

_START: Final = re.compile(r"\s*+(?:#[^\n]*+\s*+)*+")
_BLANK: Final = r"\t\v\f\r \x85\xa0"
_NAME: Final = re.compile(
    rf"(?:export(?=\s)[{_BLANK}]*+)?"
    rf"(?P<name>[\w.\-\[\]{_BLANK}]*+)(?P<mark>[=:]|\n|\Z)"
    rf"[{_BLANK}]*+"
)
_QUOTED: Final = re.compile(
    r"""(?P<quote>["'])(?P<content>(?:\\.|(?!(?P=quote)).)*+)(?P=quote)""", re.DOTALL
)
_ESCAPE: Final = re.compile(r'\\(?:[abfnrtv$"\\]|0[0-9]{0,3})')
_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    # What follows is expanded, where a doubled dollar sign is a plain one.
    "$": "$$",
}  # fmt: skip
_LARGEST_OCTAL: Final = 0o377


_MOST: Final = 16 * 1024 * 1024
"""How many characters all values may have: variables in values can multiply."""


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """The value of a variable, and the line, from 1, that gives it."""

    value: str
    line: int


def parse(text: str, outside: Mapping[str, str]) -> dict[str, EnvEntry]:
    """Return the variables of *text* by their names.

    *outside* are the variables that are known already: inside of values they
    beat those of earlier lines. A line that cannot be read gives nothing and
    does not stop the rest, where Compose refuses the whole file.
    """
    entries: dict[str, EnvEntry] = {}
    values: dict[str, str] = {}
    known = ChainMap(values, dict(outside))
    known.maps.reverse()
    text = text.removeprefix("\ufeff")
    position, counted, line, left = 0, 0, 1, _MOST
    while left > 0 and (position := _end(_START, text, position)) < len(text):
        line += text.count("\n", counted, position)
        counted = position
        name, value, position = _statement(text, position, known)
        if name and value is not None:
            values[name] = value
            entries[name] = EnvEntry(value, line)
            left -= len(value)
    return entries


def _statement(
    text: str, position: int, known: Mapping[str, str]
) -> tuple[str, str | None, int]:
    """Read one statement: its name, its value if it has one, and where it ends."""
    match = _NAME.match(text, position)
    if match is None:
        return "", None, _next_line(text, position)
    name = match["name"].rstrip()
    if " " in name:
        return "", None, _next_line(text, match.end("name"))
    if match["mark"] not in {"=", ":"}:
        return name, known.get(name), match.end("mark")
    value, end = _value(text, match.end(), known)
    return name, value, end


def _value(
    text: str, position: int, known: Mapping[str, str]
) -> tuple[str | None, int]:
    if text[position : position + 1] not in {'"', "'"}:
        end = _next_line(text, position)
        written = text[position:end].removesuffix("\n")
        return _expanded(written.partition(" #")[0].rstrip(), known), end
    match = _QUOTED.match(text, position)
    if match is None:
        return None, _next_line(text, position)
    content = match["content"]
    if match["quote"] == "'":
        return content.replace("\\'", "'"), match.end()
    return _expanded(_ESCAPE.sub(_unescaped, content), known), match.end()


def _unescaped(match: re.Match[str]) -> str:
    code = match[0][1:]
    if code[0] != "0":
        return _ESCAPES.get(code, code)
    digits = code[1:]
    number = int(digits, 8) if re.fullmatch("[0-7]{3}", digits) else _LARGEST_OCTAL + 1
    return chr(number) if number <= _LARGEST_OCTAL else f"\\{digits}"


def _expanded(value: str, known: Mapping[str, str]) -> str | None:
    meaning = interpolate(value, known)
    return None if isinstance(meaning, Refusal) else meaning.value


def _next_line(text: str, position: int) -> int:
    return text.find("\n", position) + 1 or len(text)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
