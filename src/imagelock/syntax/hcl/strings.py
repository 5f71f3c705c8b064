"""The values of strings and heredocs in HCL."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from imagelock.syntax.hcl.tree import Expression, Hole, Piece, Template, is_null

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE: Final = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\$\$\{|%%\{|[^\\$%]++|[$%]", re.DOTALL
)
_MARKER: Final = re.compile(r"\$\$\{|%%\{|[^$%]++|[$%]")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_SURROGATES: Final = 0xD800, 0xDFFF


def literal(value: Expression) -> str | None:
    """Return the text of *value*, if no part of it is computed."""
    if not isinstance(value, Template):
        return None
    if any(isinstance(piece, Hole) for piece in value.pieces):
        return None
    return "".join([piece.text for piece in value.pieces if isinstance(piece, Piece)])


def is_empty(value: Expression | None) -> bool:
    """Return whether *value* is `null`, blank text, or absent."""
    if value is None or is_null(value):
        return True
    text = literal(value)
    return text is not None and not text.strip()


def pieces(text: str, start: int, end: int, *, quotes: bool) -> Iterator[Piece]:
    """Yield the value of *text* from *start* to *end*; only *quotes* have escapes."""
    pattern = _ESCAPE if quotes else _MARKER
    for match in pattern.finditer(text, start, end):
        yield Piece(_value(match[0], quotes=quotes), *match.span())


def _value(text: str, *, quotes: bool) -> str:
    if quotes and text[0] == "\\":
        code = text[2:]
        return _character(code) if code else _ESCAPES.get(text[1], text[1])
    # `$$` and `%%` are escapes only before a brace.
    return text[1:] if text in {"$${", "%%{"} else text


def _character(digits: str) -> str:
    """Return the character with the code *digits*, or U+FFFD if there is none."""
    code = int(digits, 16)
    is_surrogate = _SURROGATES[0] <= code <= _SURROGATES[1]
    return "\ufffd" if code > sys.maxunicode or is_surrogate else chr(code)
