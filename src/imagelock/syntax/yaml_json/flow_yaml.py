"""Lists and mappings in brackets on a single line of YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json.line_scalars import (
    QUOTED,
    UnusualError,
    plain_scalar,
    quoted_scalar,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

_SCALAR: Final = re.compile(
    rf"""
    (?P<quoted>{QUOTED})
    | (?P<plain>(?:[^\s\-?:,\[\]{{}}\#&*!|>'\"%@`]|-(?=[a-zA-Z0-9.]))
        [^\n\t:\#,\[\]{{}}?]*+)
    """,
    re.VERBOSE,
)
_OPENING: Final = re.compile(r"([\[{])[ ]*+")
_CLOSING: Final = re.compile(r"[ ]*+[\]}]")
_COMMA: Final = re.compile("[ ]*+,[ ]*+")
_COLON: Final = re.compile("[ ]*+:[ ]++")
_DEEPEST: Final = 20
"""Levels of brackets in a line."""


@dataclass(slots=True)
class Flow:
    """Reads the brackets at `at` in *source*; `nodes` is how many nodes that were."""

    source: str
    at: int
    nodes: int = 0

    def read(self, depth: int = 1) -> Node:
        """Return the list or mapping.

        Raises:
            UnusualError: it is less usual, or does not end on the line.
        """
        start = self.at
        if depth > _DEEPEST:
            raise UnusualError
        is_mapping = self._take(_OPENING)[0] == "{"
        keys: list[Scalar] = []
        values: list[Node] = []
        while (closing := _CLOSING.match(self.source, self.at)) is None:
            if values:
                self._take(_COMMA)
            if is_mapping:
                keys.append(self._scalar())
                self._take(_COLON)
            is_inner = self.source[self.at : self.at + 1] in {"[", "{"}
            values.append(self.read(depth + 1) if is_inner else self._scalar())
        self.at = closing.end()
        self.nodes += 1
        if closing[0][-1] != ("}" if is_mapping else "]"):
            raise UnusualError
        if not is_mapping:
            return Sequence(tuple(values), start, self.at)
        return Mapping(tuple(zip(keys, values, strict=True)), start, self.at)

    def _scalar(self) -> Scalar:
        token = _SCALAR.match(self.source, self.at)
        if token is None:
            raise UnusualError
        self.nodes += 1
        start, self.at = token.span()
        if token["plain"]:
            return plain_scalar(token[0], start)
        return quoted_scalar(token[0], start)

    def _take(self, pattern: re.Pattern[str]) -> str:
        """Return the text of *pattern* at the current place, and go behind it."""
        if (token := pattern.match(self.source, self.at)) is None:
            raise UnusualError
        self.at = token.end()
        return token[0]
