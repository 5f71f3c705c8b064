"""Images in Acme files: a line `pull NAME` each."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from imagelock.plugin import About, Context, Found, Place, Text, classify

ABOUT = About(
    recognised="`*.acme`",
    read="`pull NAME`",
    not_read="every other line",
    pinned="behind the tag",
)
_PULL = re.compile(r"^pull[ \t]+(\S+)", re.MULTILINE)


def may_match(path: PurePosixPath) -> bool:
    """Decide by the name alone: only then is the file opened."""
    return path.suffix == ".acme"


def matches(path: PurePosixPath, text: str) -> bool:
    """Take a quick look at the text, before anything is parsed."""
    del path
    return "pull" in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of a file, in the order of the text."""
    del context
    for match in _PULL.finditer(text.value):
        place = Place(
            path=path,
            span=text.span(*match.span(1)),
            text=match[1],
            format="acme",
            uses=("pull",),
        )
        yield classify(match[1], place)
