"""Values that a comment marks as an image, in files of any format.

    VERSION_OF_DB=postgres:16    # imagelock: image
    # imagelock: image
    const db = "postgres:16";

The comment is on the line of the value, or on a line of its own above that. It
begins as in the format of the file: `#`, `//`, `;`, `--`, `<!--`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.comments import OPENING, CommentedLines, is_comment
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.sources.shared.written_values import likely_references

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text

FORMAT: Final = "comment"
MARK: Final = "imagelock: image"
_COMMENT: Final = re.compile(rf"{OPENING}[ \t]*+{MARK}(?=[\s,.;:]|\Z)")


def find(path: PurePosixPath, text: Text) -> Iterator[Found]:
    """Yield the image of each comment, or why there is none."""
    file = SourceFile(path=path, text=text, format=FORMAT)
    lines = CommentedLines(text)
    for comment in _COMMENT.finditer(text.value):
        if is_comment(comment["opening"], path.suffix.lower()):
            yield _marked(file, comment, lines.subject(comment.start()))


def _marked(
    file: SourceFile, comment: re.Match[str], subject: tuple[int, int]
) -> Found:
    start, end = subject
    is_code = comment["opening"] == "//"
    references = likely_references(file.text.value[start:end], is_code=is_code)
    if len(references) == 1:
        ((first, last),) = references
        place = file.place_of(start + first, start + last, MARK)
        if "$" in place.text:
            detail = f"{quoted(place.text)}: {Reason.VARIABLE.sentence}"
            return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
        return classify(place.text, place)
    number = "no image" if not references else "more than one image"
    line = file.text.value[start:end].strip()
    where = f"in {quoted(line)}" if line else "below it"
    return Skipped(
        place=file.place_of(*comment.span(), MARK),
        reason=Reason.INVALID,
        detail=f"{quoted(comment[0])}: there is {number} {where}",
        hint="write the comment on the line of the image, or on the line before",
    )
