"""Images in a template of HCL, which is not HCL before it is rendered.

The text is read line by line: `image = "name"` with an action in the value is a
template, and any other text is an image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.source_file import SourceFile

_LINE: Final = re.compile(r"[^\r\n]+")
_COMMENT: Final = re.compile(r"[ \t]*+(?:#|//)")
_BLOCK_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?(?P<mark>[A-Za-z_]\w*+)[ \t]*+$")
_IMAGE: Final = re.compile(
    r"""(?:^|[{,;]|\]\]|\}\}|%\})[ \t]*+"?image"?[ \t]*+[=:][ \t]*+"""
)
_ACTION: Final = re.compile(r"\[\[|\{\{|\{%|<%")
_STRING: Final = re.compile(r'"(?P<value>[^"\\]*+)"(?=[ \t]*+(?:[,;}#/\[]|$))')
_END: Final = re.compile(r"""["',; \t]*+(?:\}[ \t]*+)?$""")


def images_in_lines(file: SourceFile, prefix: str = "") -> Iterator[Found]:
    """Yield the value of each `image`, without *prefix*, outside of comments.

    The text of a heredoc is not looked at, as it is a file of its own.
    """
    mark = ""
    for line in _LINE.finditer(_BLOCK_COMMENT.sub(_blanks, file.text.value)):
        if mark:
            mark = "" if line[0].strip() == mark else mark
            continue
        if heredoc := _HEREDOC.search(line[0]):
            mark = heredoc["mark"]
        if not _COMMENT.match(line[0]):
            for match in _IMAGE.finditer(line[0]):
                start, end = _extent(line[0], match.end())
                is_text = line[0].startswith('"', start - 1)
                start += len(prefix) if line[0].startswith(prefix, start, end) else 0
                if start < end:
                    extent = line.start() + start, line.start() + end
                    yield _image(file, extent, is_text=is_text)


def _extent(line: str, start: int) -> tuple[int, int]:
    """Return the characters of the value at *start* of *line*, without its quotes.

    An action may have quotes of its own, so that its value ends with the line.
    """
    string = _STRING.match(line, start)
    if string and not _ACTION.search(string["value"]):
        return string.span("value")
    end = _END.search(line, start)
    start += line.startswith('"', start)
    return start, max(start, end.start() if end else len(line))


def _image(file: SourceFile, extent: tuple[int, int], *, is_text: bool) -> Found:
    """Return the image in the characters *extent*, which are text or an expression."""
    place = file.place_of(*extent, "image")
    if _ACTION.search(place.text) or (is_text and "$" not in place.text):
        return classify(place.text, place)
    detail = f"{quoted(place.text)} is computed when the file is run"
    return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)


def _blanks(match: re.Match[str]) -> str:
    return re.sub(r"[^\r\n]", " ", match[0])
