"""Words of a Dockerfile: quotes, escapes and variables.

The grammar, and every quirk in it, is that of BuildKit's `shell/lex.go`:

    $V  ${V}              the value, nothing if unset
    ${V:-w}  ${V-w}       w if unset (with `:`, also if empty)
    ${V:+w}  ${V+w}       w if set (with `:`, and not empty)
    ${V:?w}  ${V?w}       an error if unset (with `:`, also if empty)
    ${V#p}  ${V##p}       without the shortest, longest prefix that matches p
    ${V%p}  ${V%%p}       without the shortest, longest suffix that matches p
    ${V/p/r}  ${V//p/r}   r for the first match of p, for every match
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.dockerfile.expansion import (
    Expansion,
    RefusedError,
    Unexpandable,
)
from imagelock.sources.dockerfile.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACE: Final = re.compile(r"\s+")


def expand(
    word: str, escape: str, values: Mapping[str, Expansion | Unexpandable]
) -> Expansion | Unexpandable:
    """Return the expansion of *word*; *escape* is the escape character."""
    try:
        return Lexer(word, escape, values).expand()
    except RefusedError as refused:
        return refused.result


def split(line: str) -> list[str]:
    """Return the words of *line* with their quotes.

    As BuildKit looks for heredocs: a line with an open quote, or with a
    substitution that it does not know, has no words.
    """
    lexer = Lexer(line, "\\", {}, keep_unset=True)
    words, start = [], 0
    try:
        for begin, end in lexer.unquoted_ranges():
            for space in _SPACE.finditer(line, begin, end):
                words.append(line[start : space.start()])
                start = space.end()
    except RefusedError:
        return []
    return [word for word in (*words, line[start:]) if word]


def unquote(word: str) -> str | None:
    """Return *word* without its quotes, but with its variables.

    `None` if it cannot be parsed.
    """
    try:
        return Lexer(word, "\\", {}, keep_unset=True).expand().value
    except RefusedError:
        return None
