"""The words of a text that scalars decide, such as the image in `image: "a:1"`."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.helm.engine.values import NOWHERE, Fragment, Origins, Written

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS: Final = "\"'`=,;()[]{}<>| \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0"
_WORD: Final = re.compile(f"[^{re.escape(_SEPARATORS)}]+")
_COMMENT: Final = re.compile(r"[ \t]*#|[^#]*[ \t]#")
_MORE: Final = re.compile(r"""(?=[{(<=;|`]|[ \t]+[^ \t\r\n#,}\]"'-])[^\r\n]*""")
"""What follows a word in the same value, which is then no image."""
_IMAGE_KEY: Final = re.compile(r"(?:(?:^|[^A-Za-z])[iI]|[a-z0-9]I)mage$|IMAGE$")
_PART_KEY: Final = re.compile(r"(?:^|[^A-Za-z])(?:repository|tag|version)$")
_NUMBER: Final = re.compile(r"[0-9.]+")
_LONGEST_LINE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word without blanks, quotes and brackets, with the pieces it consists of.

    `is_image` is whether the key before it is `image` or ends with it, and `is_part`
    whether that is a key for the name or the tag of an image.
    """

    pieces: tuple[Fragment, ...]
    is_image: bool
    is_part: bool = False

    @property
    def text(self) -> str:
        """The characters, with a gap for what is not known."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def is_known(self) -> bool:
        """Whether all of it is known."""
        return all(piece.is_known for piece in self.pieces)

    @property
    def is_foreign(self) -> bool:
        """Whether it is not known only because a chart is not in the project."""
        gaps = [piece for piece in self.pieces if not piece.is_known]
        return bool(gaps) and all(piece.is_foreign for piece in gaps)

    @property
    def origins(self) -> Origins:
        """The scalars that it comes from."""
        return NOWHERE.union(*(piece.origins for piece in self.pieces))


def words(written: Written) -> Iterator[Word]:
    """Yield the words of *written* in which there is a piece of a scalar."""
    text = written.text
    starts, position = [], 0
    for piece in written.pieces:
        starts.append(position)
        position += len(piece.text)
    end = 0
    for piece, start in zip(written.pieces, starts, strict=True):
        if not piece.origins or not piece.text:
            continue
        stop = start + len(piece.text)
        begin = end
        if start > end:
            begin = _start(text, start, max(end, start - _LONGEST_LINE))
        for match in _WORD.finditer(text, begin):
            if match.start() >= stop:
                break
            end = match.end()
            word = _word(written, text, starts, match)
            if word is not None:
                yield word


def _start(text: str, at: int, least: int) -> int:
    """Return where the word at *at* starts, but nothing before *least*."""
    while at > least and text[at - 1] not in _SEPARATORS:
        at -= 1
    return at


def _key(before: str) -> str:
    """Return the key with which *before* ends, empty if there is none."""
    key = before.rstrip(" \t")
    if key.endswith(('"', "'")):
        key = key[:-1].rstrip(" \t")
    return key[:-1].rstrip(" \t\"'") if key.endswith((":", "=")) else ""


def _word(
    written: Written, text: str, starts: list[int], match: re.Match[str]
) -> Word | None:
    line = text.rfind("\n", 0, match.start()) + 1
    before = text[max(line, match.start() - _LONGEST_LINE) : match.start()]
    key = _key(before)
    is_image = _IMAGE_KEY.search(key) is not None
    is_part = _PART_KEY.search(key) is not None
    has_mark = ":" in match[0] or "@" in match[0]
    if not (is_image or is_part or has_mark) or _COMMENT.match(before):
        return None
    if is_image and not has_mark and _NUMBER.fullmatch(match[0]):
        return None  # `maxSnapshotsOnImage: 450`
    end = match.end()
    is_key = not before.rstrip(" \t\"'").endswith("=")
    if is_image and is_key and (more := _MORE.match(text, end)):
        end = more.end()
    first = bisect_right(starts, match.start()) - 1
    last = bisect_right(starts, end - 1)
    pieces = Written(written.pieces[first:last])
    offset = starts[first]
    cut = pieces.cut(match.start() - offset, end - offset)
    return Word(cut.pieces, is_image, is_part or key.endswith("image"))
