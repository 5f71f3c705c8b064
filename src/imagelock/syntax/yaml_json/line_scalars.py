"""Scalars in block style that are read line by line: plain, quoted, `|` and `>`.

See https://yaml.org/spec/1.1/#id903915, and `scanner.c` of libyaml, which decides
where the specification leaves room.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final

from imagelock.syntax.yaml_json.tree import Scalar

_BODY: Final = r"[^\n\t:\#]*+(?:(?::(?=[^ \n\t])|(?<=[^ ])\#)[^\n\t:\#]*+)*+"
"""The rest of a plain scalar in its line: up to `: `, ` #`, or the end of the line."""

PLAIN: Final = rf"(?:[^\s\-?:,\[\]{{}}\#&*!|>'\"%@`]|[\-?:](?=[^ \n\t])){_BODY}"
QUOTED: Final = (
    r"'[^'\n\t]*+(?:''[^'\n\t]*+)*+'"
    r"|\"[^\"\\\n\t]*+(?:\\[\"\\/nrt][^\"\\\n\t]*+)*+\""
)
REST_OF_LINE: Final = r"[ ]*+(?:(?<=[ ])\#[^\n]*+)?+(?:\n|\Z)"
"""What may stand behind a value: blanks and a comment. Patterns for `re.VERBOSE`."""

_CONTINUED: Final = re.compile(
    rf"(?P<empty>(?:[ ]*+\n)*+)(?P<indent>[ ]*+)"
    rf"(?P<text>(?:[^\s:\#]|:(?=[^ \n\t])){_BODY})(?:\n|\Z)",
    re.VERBOSE,
)
_FIRST_LINE: Final = re.compile(
    r"(?P<empty>(?:[ ]*+\n)*+)(?P<indent>[ ]*+)(?=[^ \n\t])"
)
NULLS: Final = frozenset({"~", "null", "Null", "NULL"})
"""Plain texts that stand for no value."""


class UnusualError(Exception):
    """The document has to be read by libyaml: it is less usual, or no YAML."""


def plain_scalar(text: str, start: int) -> Scalar:
    """Return the plain scalar *text*, with blanks behind it, which is at *start*."""
    text = text.rstrip(" ")
    return Scalar(text, start, start + len(text), text in NULLS)


def quoted_scalar(text: str, start: int) -> Scalar:
    """Return the scalar that *text* is, which is at *start* and has its quotes."""
    value = text[1:-1]
    if text[0] == "'":
        value = value.replace("''", "'")
    elif "\\" in value:
        value = json.loads(text)
    return Scalar(value, start + 1, start + len(text) - 1)


def plain_in_lines(
    scalar: Scalar, source: str, at: int, end: int, column: int
) -> tuple[Scalar, int]:
    """Return the plain *scalar* with the lines that follow at *at*, and their end.

    They have more indentation than *column*.

    Raises:
        UnusualError: there are none.
    """
    parts, last = [scalar.value], scalar.end
    if source[last:at].strip():
        raise UnusualError  # a comment ends it
    while (line := _CONTINUED.match(source, at, end)) and len(line["indent"]) > column:
        empty = line["empty"].count("\n")
        text = line["text"].rstrip(" ")
        parts += ("\n" * empty or " ", text)
        last, at = line.start("text") + len(text), line.end()
    if len(parts) == 1:
        raise UnusualError
    return Scalar("".join(parts), scalar.start, last), at


def block_scalar(
    style: str, source: str, at: int, end: int, column: int
) -> tuple[Scalar, int]:
    """Return the block scalar whose lines begin at *at*, and their end.

    *style* is its indicator, such as `>-`; its lines have more indentation than
    *column*.

    Raises:
        UnusualError: its indentation or its end is not obvious.
    """
    first = _FIRST_LINE.match(source, at, end)
    if first is None:
        raise UnusualError
    indent = len(first["indent"])
    empty = first["empty"]
    if indent <= column or any(len(line) > indent for line in empty.split("\n")):
        raise UnusualError
    block = _lines_with(indent).match(source, first.start("indent"), end)
    if block is None or (block.end() == end and not block[0].endswith("\n")):
        raise UnusualError
    lines = [line[indent:] for line in block[0].split("\n")[:-1]]
    start = first.end()
    last = start + len(source[start : block.end()].rstrip(" \t\n"))
    value = "\n" * empty.count("\n") + _text(lines, style)
    return Scalar(value, start, last, block=True), block.end()


@cache
def _lines_with(indent: int) -> re.Pattern[str]:
    """Return a pattern of lines that have at least *indent* blanks, or only blanks."""
    return re.compile(rf"(?:[ ]{{{indent}}}[^\n]*+(?:\n|\Z)|[ ]*+\n)++")


def _text(lines: list[str], style: str) -> str:
    """Return the text that *lines* are, without their indentation, in *style*."""
    count = len(lines)
    while not lines[-1]:
        lines.pop()
    text = "\n".join(lines) if style[0] == "|" else _folded(lines)
    if "-" in style:
        return text
    return text + "\n" * (1 + count - len(lines) if "+" in style else 1)


def _folded(lines: list[str]) -> str:
    """Return *lines* with each break between two of text as a blank.

    Lines that begin with a blank keep their breaks, and of several breaks only the
    first is left out.
    """
    parts: list[str] = []
    empty = 0
    is_text = False
    for line in lines:
        if not line:
            empty += 1
            continue
        was_text, is_text = is_text, line[0] not in " \t"
        if parts:
            parts.append(
                ("\n" * empty or " ") if was_text and is_text else "\n" * (empty + 1)
            )
        parts.append(line)
        empty = 0
    return "".join(parts)
