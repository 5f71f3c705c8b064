"""The values of `image` in YAML that is not YAML before it is rendered, by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT: Final = re.compile(r"\{\{-?[ \t\r\n]*+/\*")
_LINE: Final = re.compile(r"[^\r\n]+")
_INDENT: Final = re.compile(r"[ \t]*+(?:-[ \t]++)*+")
_BLOCK: Final = re.compile(r"(?:^|[:-])[ \t]++[|>][-+0-9]*+[ \t]*+(?:#.*)?$")
_IMAGE: Final = re.compile(
    r"""(?:^[ \t]*+(?:-[ \t]++)*+|[{,][ \t]*+)["']?image["']?[ \t]*+:[ \t]++"""
)
_END: Final = r"(?=[ \t]*+(?:[,}]|$)|[ \t]++#)"
_LITERAL: Final = re.compile(
    rf'"(?P<double>[^"\\{{]*+)"{_END}'
    rf"|'(?P<single>[^'{{]*+)'{_END}"
    rf"|(?P<plain>[^\s\"'#&*!|>%@`{{}}\[\],][^\s,{{}}]*+){_END}"
)
_TEMPLATED: Final = re.compile(
    r"""(["'])?(?P<value>.{0,400}?\{\{.{0,400}\}\}[^\s"',}]{0,400}+)"""
)
"""With bounds, as a line may have any number of keys."""


def image_lines(source: str) -> Iterator[tuple[int, int]]:
    """Yield the characters of the value of each key `image` on one line of *source*.

    The value is a literal, or has an action (`{{ … }}`). Comments and the texts of
    block scalars are passed over.
    """
    for line in _lines(_without_comments(source)):
        for match in _IMAGE.finditer(line[0]):
            value = _LITERAL.match(line[0], match.end())
            value = value or _TEMPLATED.match(line[0], match.end())
            if value and value.lastgroup:
                start, end = value.span(value.lastgroup)
                yield line.start() + start, line.start() + end


def _without_comments(source: str) -> str:
    """Return *source* with the comments of the template replaced by blanks."""
    parts: list[str] = []
    position = 0
    while match := _COMMENT.search(source, position):
        end = source.find("*/", match.end())
        end = len(source) if end < 0 else end
        comment = source[match.start() : end]
        parts += (source[position : match.start()], _LINE.sub(_blanks, comment))
        position = end
    return "".join((*parts, source[position:]))


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _lines(source: str) -> Iterator[re.Match[str]]:
    """Yield the lines that are neither comments nor in a block scalar.

    A line that begins with an action can have any indent, and ends no block.
    """
    block: int | None = None
    for line in _LINE.finditer(source):
        content = line[0].lstrip()
        if not content or content.startswith("#"):
            continue
        if block is not None:
            if content.startswith("{{") or len(line[0]) - len(content) > block:
                continue
            block = None
        yield line
        if _BLOCK.search(line[0]):
            block = _indent(line[0])


def _indent(line: str) -> int:
    """Return the column of the key, or item, of the block scalar that *line* begins."""
    match = _INDENT.match(line)
    before = match[0] if match else ""
    if line[len(before) : len(before) + 1] in {"|", ">"}:
        return before.rfind("-")
    return len(before)
