"""Read the YAML that people write most, line by line, and leave the rest to libyaml.

That is mappings and lists in block style, whose values are plain, quoted on a line,
texts behind `|` or `>`, or lists and mappings in brackets on a line. A document with
anything else, or with an error, is not read at all. The tree is the same as that from
the events of libyaml, in a fraction of the time: each event is three objects of Python.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.syntax.line_breaks import has_unusual_breaks
from imagelock.syntax.yaml_json.builder import DEEPEST
from imagelock.syntax.yaml_json.flow_yaml import Flow
from imagelock.syntax.yaml_json.line_scalars import (
    PLAIN,
    QUOTED,
    REST_OF_LINE,
    UnusualError,
    block_scalar,
    plain_in_lines,
    plain_scalar,
    quoted_scalar,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.builder import Builder
    from imagelock.syntax.yaml_json.tree import Node

_LINE: Final = re.compile(
    rf"""
    (?:[ ]*+(?:\#[^\n]*+)?+\n)*+  # empty lines and comments
    (?P<indent>[ ]*+)
    (?P<dashes>(?:-(?:[ ]++|(?![^\n])))*+)
    (?>(?P<key>(?:{PLAIN}|{QUOTED})[ ]*+):(?:[ ]++|(?![^\n])))?+
    (?:(?P<plain>{PLAIN})|(?P<quoted>{QUOTED})
      |(?P<block>[|>][+-]?+)|(?P<flow>[\[{{][^\n\t]*+))?+
    {REST_OF_LINE}
    """,
    re.VERBOSE,
)
_INDENT, _DASHES, _KEY, _PLAIN, _QUOTED, _BLOCK, _FLOW = range(1, 8)
_REST: Final = re.compile(REST_OF_LINE, re.VERBOSE)
_START: Final = re.compile(rf"---{REST_OF_LINE}", re.VERBOSE)
_QUOTES: Final = ("'", '"')
_MARKS: Final = ("\r", "\n%", "\n...")
_LONGEST_KEY: Final = 1000
"""In characters. The limit of libyaml is a little higher."""


def is_usual(source: str) -> bool:
    r"""Return whether documents of *source* can be read here.

    Directives are for the next document, too.
    """
    if f"\n{source[:3]}".startswith(_MARKS) or any(mark in source for mark in _MARKS):
        return False
    return source.isascii() or not (has_unusual_breaks(source) or "\ufeff" in source)


def read_document(source: str, start: int, end: int, builder: Builder) -> Node | None:
    """Return the document from *start* to *end* of *source*, unless it is empty.

    *source* `is_usual`, and *builder* counts its nodes. Positions count from the start
    of *source*.

    Raises:
        UnusualError: it has to be read by libyaml.
    """
    marker = _START.match(source, start, end)
    blocks = _Blocks(source, marker.end() if marker else start, end)
    root = blocks.read()
    if not builder.affords(blocks.nodes):
        raise UnusualError
    return root


class _Blocks:
    """The collections that are open while a document is read.

    The innermost one has its first key or dash in `column`, -1 around the document,
    and begins at `start`. It is a mapping if it has `keys`; `values` are those of the
    keys, or its items. The others are in `outer`. `missing` is where the value of the
    last key or dash is if it is empty, and -1 if it is not. `last` is the end of the
    last value, which is `plain` if it may go on in further lines.
    """

    __slots__ = (
        *("source", "at", "end", "nodes", "missing", "last", "plain"),
        *("outer", "column", "start", "keys", "values"),
    )

    def __init__(self, source: str, at: int, end: int) -> None:
        self.source = source
        self.at = at
        self.end = end
        self.nodes = 1
        self.missing = at
        self.last = at
        self.plain: Scalar | None = None
        self.outer: list[tuple[int, int, list[Scalar], list[Node]]] = []
        self.column = -1
        self.start = at
        self.keys: list[Scalar] = []
        self.values: list[Node] = []

    def read(self) -> Node | None:
        """Return the document."""
        match_line = _LINE.match
        while self.at < self.end:
            line = match_line(self.source, self.at, self.end)
            if line is None:
                self._go_on_with_plain()
            else:
                self._read_line(line)
        while self.outer:
            self._close()
        return self.values[0] if self.values else None

    def _read_line(self, line: re.Match[str]) -> None:
        start, content = line.span(_INDENT)
        column = content - start
        if column > self.column and self.missing < 0:
            self._go_on_with_plain()
            return
        while column < self.column:
            self._close()
        self._read_content(line, start, content)

    def _read_content(self, line: re.Match[str], start: int, content: int) -> None:
        """Read what is in a *line* from *content* on, which begins at *start*."""
        kind = line.lastindex or _DASHES
        if dashes := line[_DASHES]:
            for dash in dashes.split("-")[1:]:
                self._add_item(content, content - start)
                content += 1 + len(dash)
        elif line[_KEY] is None and kind > _KEY and self._is_stray(content - start):
            raise UnusualError
        if (key := line[_KEY]) is not None:
            self._add_key(key, content, content - start)
        self.at = line.end()
        if kind == _PLAIN:
            self._add_plain(line[_PLAIN], line.start(_PLAIN))
        elif kind > _KEY:
            self._add_value(line[kind], line.start(kind), kind)

    def _is_stray(self, column: int) -> bool:
        """Return whether a value in *column*, on its own line, belongs to no key."""
        return not self.outer or self.missing < 0 or column <= self.column

    def _add_item(self, at: int, column: int) -> None:
        """Begin an item with the dash at *at*, the first one with a list around it."""
        if column != self.column or self.keys:
            # A list below a key may have no indentation.
            self._open(at, column, least=self.column + (not self.keys))
        elif self.missing >= 0:
            self._add_null()
        self.missing = at + 1

    def _add_key(self, key: str, at: int, column: int) -> None:
        """Add a *key* at *at*, the first one with a mapping around it."""
        if column == self.column and not self.keys:
            self._close()
        if column != self.column or not self.keys:
            self._open(at, column, least=self.column + 1)
        elif self.missing >= 0:
            self._add_null()
        if len(key) > _LONGEST_KEY:
            raise UnusualError
        self.missing = at + len(key) + 1
        is_quoted = key[0] in _QUOTES
        self.keys.append(
            quoted_scalar(key.rstrip(" "), at) if is_quoted else plain_scalar(key, at)
        )

    def _add_plain(self, text: str, start: int) -> None:
        """Add the plain scalar *text* at *start*, with blanks behind it."""
        self.plain = plain_scalar(text, start)
        self.last = self.plain.end
        self.values.append(self.plain)
        self.missing = -1

    def _add_value(self, text: str, start: int, kind: int) -> None:
        """Add a value of another *kind*, which is *text* or begins with it."""
        node: Node
        if kind == _QUOTED:
            node = quoted_scalar(text, start)
            self.last = start + len(text)
        elif kind == _BLOCK:
            node, self.at = block_scalar(
                text, self.source, self.at, self.end, self.column
            )
            self.last = node.end
        else:
            flow = Flow(self.source, start)
            node = flow.read()
            self.last = flow.at
            self.nodes += flow.nodes - 1
            if _REST.match(self.source, flow.at, self.end) is None:
                raise UnusualError
        self.values.append(node)
        self.plain = None
        self.missing = -1

    def _add_null(self) -> None:
        """Add the value of the last key or dash, which has none."""
        self.last = self.missing
        self.values.append(Scalar("", self.missing, self.missing, null=True))
        self.missing = -1

    def _go_on_with_plain(self) -> None:
        """Read the further lines of a plain scalar."""
        if self.plain is None or self.missing >= 0:
            raise UnusualError
        node, self.at = plain_in_lines(
            self.plain, self.source, self.at, self.end, self.column
        )
        self.values[-1] = node
        self.last = node.end
        self.plain = None

    def _open(self, start: int, column: int, *, least: int) -> None:
        """Begin a collection as the value of the last key or dash."""
        if self.missing < 0 or column < least or len(self.outer) >= DEEPEST:
            raise UnusualError
        self.outer.append((self.column, self.start, self.keys, self.values))
        self.column, self.start = column, start
        self.keys, self.values = [], []

    def _close(self) -> None:
        """End the innermost collection."""
        if self.missing >= 0:
            self._add_null()
        keys, values, start = self.keys, self.values, self.start
        self.nodes += len(keys) + len(values)
        self.column, self.start, self.keys, self.values = self.outer.pop()
        self.values.append(
            Mapping(tuple(zip(keys, values, strict=True)), start, self.last)
            if keys
            else Sequence(tuple(values), start, self.last)
        )
