r"""`.env` files, in the dialect of the package `dotenv` of compose-go.

    NAME=value # comment      a comment needs a blank before it
    export NAME: value        as in a shell, or as in YAML
    NAME='$literal'           single quotes: nothing is expanded
    NAME="a\tb ${OTHER}"      double quotes: escapes, then variables
    NAME                      the value in the caller's environment

A quoted value can have several lines, and a later line overrides an earlier one.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
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
    # The value is expanded afterwards, which turns `$$` into `$`.
    "$": "$$",
}  # fmt: skip
_LARGEST_OCTAL: Final = 0o377


_MOST_CHARACTERS: Final = 16 * 1024 * 1024
"""Limit for all values together: nested variables can multiply them."""


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """The value of a variable, and the line, from 1, that sets it.

    `start` and `end` are the character offsets of the value as it is written, without
    quotes; they are equal where none is written. `names` are the variables in it.
    """

    value: str
    line: int
    start: int
    end: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Statement:
    """A name with its value if there is one, and the end of both."""

    name: str
    value: str | None
    written: tuple[int, int]
    names: tuple[str, ...]
    end: int


def parse(text: str, outside: Mapping[str, str]) -> dict[str, EnvEntry]:
    """Return the variables of *text* by name.

    *outside* are the variables of the caller: in values they override those of
    earlier lines. A line that cannot be read is skipped, where Compose refuses the
    whole file.
    """
    entries: dict[str, EnvEntry] = {}
    values: dict[str, str] = {}
    variables = ChainMap(dict(outside), values)
    position = 1 if text.startswith("\ufeff") else 0
    counted, line, budget = position, 1, _MOST_CHARACTERS
    while budget > 0 and (position := _end(_START, text, position)) < len(text):
        line += text.count("\n", counted, position)
        counted = position
        found = _statement(text, position, variables)
        position = found.end
        if found.name and found.value is not None:
            values[found.name] = found.value
            entry = EnvEntry(found.value, line, *found.written, found.names)
            entries[found.name] = entry
            budget -= len(found.value)
    return entries


def _statement(text: str, position: int, variables: Mapping[str, str]) -> _Statement:
    match = _NAME.match(text, position)
    if match is None:
        return _nothing("", _next_line(text, position))
    name = match["name"].rstrip()
    if " " in name:
        return _nothing("", _next_line(text, match.end("name")))
    if match["mark"] in {"=", ":"}:
        return _assigned(name, text, match.end(), variables)
    return replace(_nothing(name, match.end("mark")), value=variables.get(name))


def _assigned(
    name: str, text: str, position: int, variables: Mapping[str, str]
) -> _Statement:
    """Return *name* with the value at *position*."""
    if text[position : position + 1] not in {'"', "'"}:
        end = _next_line(text, position)
        line = text[position:end].removesuffix("\n")
        content = line.partition(" #")[0].rstrip()
        written = position, position + len(content)
        value, names = _expand(content, variables)
        return _Statement(name, value, written, names, end)
    match = _QUOTED.match(text, position)
    if match is None:
        return _nothing(name, _next_line(text, position))
    if match["quote"] == "'":
        value, names = match["content"].replace("\\'", "'"), tuple[str, ...]()
    else:
        value, names = _expand(_ESCAPE.sub(_unescape, match["content"]), variables)
    return _Statement(name, value, match.span("content"), names, match.end())


def _nothing(name: str, end: int) -> _Statement:
    return _Statement(name, None, (end, end), (), end)


def _unescape(match: re.Match[str]) -> str:
    code = match[0][1:]
    if code[0] != "0":
        return _ESCAPES.get(code, code)
    digits = code[1:]
    number = int(digits, 8) if re.fullmatch("[0-7]{3}", digits) else _LARGEST_OCTAL + 1
    return chr(number) if number <= _LARGEST_OCTAL else f"\\{digits}"


def _expand(
    value: str, variables: Mapping[str, str]
) -> tuple[str | None, tuple[str, ...]]:
    result = interpolate(value, variables)
    return (
        (None, ()) if isinstance(result, Refusal) else (result.value, result.variables)
    )


def _next_line(text: str, position: int) -> int:
    return text.find("\n", position) + 1 or len(text)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
