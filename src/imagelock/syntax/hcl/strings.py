"""What the characters of a string or heredoc in HCL mean."""

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
    """Return the text that *value* is, if nothing in it is computed."""
    if not isinstance(value, Template):
        return None
    if any(isinstance(piece, Hole) for piece in value.pieces):
        return None
    return "".join([piece.text for piece in value.pieces if isinstance(piece, Piece)])


def is_empty(value: Expression | None) -> bool:
    """Tell whether *value* is `null`, blank text, or not there."""
    if value is None or is_null(value):
        return True
    text = literal(value)
    return text is not None and not text.strip()


def pieces(text: str, start: int, end: int, *, quotes: bool) -> Iterator[Piece]:
    """Yield what *text* means from *start* to *end*; only *quotes* know escapes."""
    pattern = _ESCAPE if quotes else _MARKER
    for match in pattern.finditer(text, start, end):
        written = match[0]
        yield Piece(_meaning(written, quotes=quotes), *match.span())


def _meaning(written: str, *, quotes: bool) -> str:
    if quotes and written[0] == "\\":
        code = written[2:]
        return _character(code) if code else _ESCAPES.get(written[1], written[1])
    # Only a doubled sign before a brace escapes it.
    return written[1:] if written in {"$${", "%%{"} else written


def _character(digits: str) -> str:
    """Return the character with the code *digits*, or one that stands for none."""
    code = int(digits, 16)
    is_one = code <= sys.maxunicode and not _SURROGATES[0] <= code <= _SURROGATES[1]
    return chr(code) if is_one else "\ufffd"
