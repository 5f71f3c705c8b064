"""Lists of images, one in each line, such as those for machines without a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
    recognised="`*images*.txt` and `*image-list*.txt` in which at most every fifth line"
    " is something else than a reference with `/`, a comment, or empty",
    read="each line",
    not_read="comments",
    pinned="behind the tag",
)
_LINE: Final = re.compile(r"^[ \t]*+(?P<content>[^#\s][^\r\n]*+)", re.MULTILINE)
_COMMENT: Final = re.compile(r"[ \t]#")
_REFERENCE: Final = re.compile(r"[a-z0-9][\w.:-]*+(?:/[\w.:-]++)++(?:@sha256:\w++)?")
_FEW: Final = 5


def matches(path: PurePosixPath, text: str) -> bool:
    """Match if nearly all lines are references with a `/`."""
    del path
    contents = [text[start:end] for start, end in _contents(text)]
    others = sum(not _REFERENCE.fullmatch(content) for content in contents)
    lines = len(text.rstrip().split("\n"))
    return len(contents) > others and others * _FEW <= lines


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each line."""
    del context
    file = SourceFile(path=path, text=text, format="image-list")
    for start, end in _contents(text.value):
        place = file.place_of(start, end, "line")
        yield classify(place.text, place)


def _contents(text: str) -> Iterator[tuple[int, int]]:
    """Yield the range of the content of each line, without blanks and comments."""
    for match in _LINE.finditer(text):
        content = _COMMENT.split(match["content"], maxsplit=1)[0].rstrip()
        start = match.start("content")
        yield start, start + len(content)
