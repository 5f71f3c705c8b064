"""Where the keys of a TOML document are: the standard library does not say it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    Path = tuple[str | int, ...]
    """The keys, and the indices in lists, that lead to a value."""
    Range = tuple[int, int]
    """The first character, and the one behind the last."""

_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""+'
    r"|'''(?:[^']|'(?!''))*'''+"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{},=.\n]"
    r"|[^\s\[\]{},=.#\"']+",
    re.DOTALL,
)
_ENDS: Final = frozenset({",", "]", "}", "\n", ""})
"""What is behind a value; the end of the document is empty."""


def find_place(text: str, path: Sequence[str | int], *, of_key: bool) -> Range | None:
    """Return where the value at *path* is in *text*, valid TOML, or its last key.

    With *of_key* it is the key. Where *path* leads to nothing, it is the table around,
    as far as that is written.
    """
    try:
        reader = _TomlReader(text)
        reader.read()
    except RecursionError:
        return None
    key = tuple(path)
    if not of_key and key in reader.values:
        return reader.values[key]
    while key and key not in reader.keys:
        key = key[:-1]
    return reader.keys.get(key)


def ranges(text: str) -> tuple[dict[Path, Range], dict[Path, Range]]:
    """Return where the keys and the values of *text*, valid TOML, are.

    A key in a list of tables is below the index of its table.

    Raises:
        RecursionError: it is nested too deeply.
    """
    reader = _TomlReader(text)
    reader.read()
    return reader.keys, reader.values


@dataclass(slots=True)
class _TomlReader:
    """Reads a document; each key and value is written once, but headers repeat keys."""

    text: str
    keys: dict[Path, Range] = field(default_factory=dict)
    values: dict[Path, Range] = field(default_factory=dict)
    _tokens: list[re.Match[str]] = field(default_factory=list)
    _next: int = 0
    _tables: dict[Path, int] = field(default_factory=dict)
    """How many tables each `[[list]]` has so far."""

    def read(self) -> None:
        self._tokens = list(_TOKEN.finditer(self.text))
        table: Path = ()
        while self._next < len(self._tokens):
            word = self._token()
            if word == "\n" or word.startswith("#"):
                self._next += 1
            elif word == "[":
                table = self._header()
            else:
                self._pair(table)

    def _token(self) -> str:
        more = self._next < len(self._tokens)
        return self._tokens[self._next][0] if more else ""

    def _skip(self) -> None:
        """Go on to the next token in a list that is not a comment."""
        while self._token() == "\n" or self._token().startswith("#"):
            self._next += 1

    def _header(self) -> Path:
        first = self._tokens[self._next]
        self._next += 1
        is_list = self._token() == "[" and self._tokens[self._next].start() == (
            first.end()
        )
        self._next += is_list
        names = self._key("]")
        self._next += 1 + is_list
        path: Path = ()
        for index, (name, place) in enumerate(names):
            path = (*path, name)
            self.keys.setdefault(path, place)
            is_last = index == len(names) - 1
            if is_last and is_list:
                self._tables[path] = self._tables.get(path, 0) + 1
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
                self.keys.setdefault(path, place)
        return path

    def _key(self, end: str) -> list[tuple[str, Range]]:
        """Return each name of a dotted key, before the token *end*, and its place."""
        names = []
        while self._token() not in {end, ""}:
            token = self._tokens[self._next]
            self._next += 1
            if token[0] != ".":
                names.append((_name(token[0]), token.span()))
        return names

    def _pair(self, table: Path) -> None:
        path = table
        for name, place in self._key("="):
            path = (*path, name)
            self.keys.setdefault(path, place)
        self._next += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self._tokens[self._next]
        if first[0] == "[":
            self._list(path)
        elif first[0] == "{":
            self._inline_table(path)
        else:
            while self._token() not in _ENDS and not self._token().startswith("#"):
                self._next += 1
        self.values[path] = first.start(), self._tokens[self._next - 1].end()

    def _list(self, path: Path) -> None:
        self._next += 1
        index = 0
        self._skip()
        while self._token() not in {"]", ""}:
            self._value((*path, index))
            self.keys[*path, index] = self.values[*path, index]
            index += 1
            self._skip()
            self._next += self._token() == ","
            self._skip()
        self._next += 1

    def _inline_table(self, path: Path) -> None:
        self._next += 1
        self._skip()
        while self._token() not in {"}", ""}:
            self._pair(path)
            self._skip()
            self._next += self._token() == ","
            self._skip()
        self._next += 1


def _name(token: str) -> str:
    if token.startswith(('"', "'")):
        return str(tomllib.loads(f"name = {token}")["name"])
    return token
