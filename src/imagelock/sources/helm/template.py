"""Literal images in the templates of Helm charts.

A template is not YAML before it is rendered, so it is read line by line. A value
with an action (`{{ … }}`) is a template and not an image.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`*.yaml`, `*.yml` and `*.tpl` below a folder `templates`, with actions"
    " of Go's templates (`{{ … }}`)",
    read="`image:` with a literal value, line by line",
    not_read="comments, and texts in block scalars",
    pinned="nowhere: a template is not rewritten",
    notes="An image that is built from values is skipped (`template`) and found in"
    " `values.yaml`. Conditions are not evaluated: every literal image is locked. A"
    " template without any action is read as a manifest.",
)
_ACTION: Final = re.compile(
    r"\{\{-|-\}\}|\{\{[ \t]*+(?:[.$/]|(?:block|default|define|else|end|fail|if|include"
    r"|indent|lookup|nindent|printf|quote|range|required|template|toYaml|tpl|with)\b)"
)
"""Actions of Helm's templates, but not parameters in manifests (`{{inputs.x}}`)."""
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


def matches(path: PurePosixPath, text: str) -> bool:
    """Match text with actions of a template; without any it is a manifest.

    `templates` is also the folder of the jobs of Nomad Pack.
    """
    return ".nomad" not in path.name.lower() and _ACTION.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the value of each key `image` that is on one line."""
    del context
    file = SourceFile(path=path, text=text, format="helm-template")
    for line in _lines(_without_comments(text.value)):
        for match in _IMAGE.finditer(line[0]):
            value = _LITERAL.match(line[0], match.end())
            value = value or _TEMPLATED.match(line[0], match.end())
            if value and value.lastgroup:
                start, end = value.span(value.lastgroup)
                yield _image(file, line.start() + start, line.start() + end)


def _image(file: SourceFile, start: int, end: int) -> Found:
    """Return the image or template in the characters from *start* to *end*."""
    value = file.text.value[start:end]
    place = file.place_of(start, end, "image")
    if "$" in value and "{{" not in value:
        detail = f"`{value}`: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    finding = classify(value, place)
    if isinstance(finding, Occurrence):
        return replace(finding, unpinnable_reason="a template is not rewritten")
    return finding


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
