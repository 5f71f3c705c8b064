"""Constants of Go: texts and numbers."""

from __future__ import annotations

import re
from typing import Final

from imagelock.syntax.go_template.tokens import GoTemplateError

_ESCAPE: Final = re.compile(
    r"\\(?:(?P<hex>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-7]{3})|(?P<character>.))",
    re.DOTALL,
)
_CHARACTERS: Final = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


def text_of(literal: str) -> str:
    """Return the value of a text, with its quotes.

    Raises:
        GoTemplateError: it has an escape that Go does not know.
    """
    if literal.startswith("`"):
        return literal[1:-1].replace("\r", "")
    return _ESCAPE.sub(_unescaped, literal[1:-1])


def number_of(literal: str) -> int | float:
    """Return the value of a number.

    Raises:
        GoTemplateError: it is none.
    """
    try:
        unsigned = literal.lstrip("+-")
        if unsigned.isdecimal() and unsigned.startswith("0"):
            return int(literal, 8)
        return int(literal, 0)
    except ValueError:
        pass
    try:
        digits = literal.replace("_", "")
        return float.fromhex(digits) if "x" in digits.lower() else float(digits)
    except (OverflowError, ValueError) as error:
        raise GoTemplateError(f"`{literal}` is no number") from error


def _unescaped(match: re.Match[str]) -> str:
    try:
        if match["hex"]:
            return chr(int(match["hex"][1:], 16))
        if match["octal"]:
            return chr(int(match["octal"], 8))
        return _CHARACTERS[match["character"]]
    except (KeyError, ValueError) as error:
        raise GoTemplateError(f"`{match[0]}` is no escape") from error
