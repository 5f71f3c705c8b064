"""Words of a script, with the place of each character."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    Range = tuple[int, int]

ELEMENTS: Final = "[@]"
"""What follows the name of an array where all of its elements are meant."""
_QUOTES: Final = ("'", '"')
_BLANK: Final = re.compile(r"\s")
_BLANK_OR_NOT: Final = re.compile(r"\s++|\S++")


@dataclass(frozen=True, slots=True)
class WordPiece:
    """A part of a word: plain text, or a variable by its `name`.

    The characters from `start` to `end` of the script stand for it. With neither
    `text` nor `name`, it is known at run time only. `default` is what a variable
    without a value is (`${NAME:-default}`), from `default_start` on.
    """

    start: int
    end: int
    text: str | None = None
    name: str | None = None
    default: str | None = None
    default_start: int = 0
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class ShellWord:
    """A word of a command: its `pieces`, of which there is at least one."""

    pieces: tuple[WordPiece, ...]

    def extent(self, script: str) -> Range:
        """Return its range in *script*, without the quotes if they are around all."""
        first, last = self.pieces[0], self.pieces[-1]
        if all(
            piece.end == following.start for piece, following in pairwise(self.pieces)
        ):
            return first.start, last.end
        before, behind = script[first.start - 1 : first.start], script[last.end :][:1]
        has_opening = first.is_quoted and before in _QUOTES
        has_closing = last.is_quoted and behind in _QUOTES
        return first.start - has_opening, last.end + has_closing

    @property
    def text(self) -> str | None:
        """What it is, if it is plain text."""
        texts = [piece.text for piece in self.pieces]
        return None if None in texts else "".join(filter(None, texts))

    @property
    def variable(self) -> str | None:
        """The name of the variable that is all of it."""
        return self.pieces[0].name if len(self.pieces) == 1 else None

    @property
    def beginning(self) -> str:
        """Its plain text up to the first variable."""
        found = ""
        for piece in self.pieces:
            if piece.text is None:
                break
            found += piece.text
        return found

    @property
    def may_be_several(self) -> bool:
        """Whether the shell may make several words, or none, of it."""
        return any(piece.text is None and not piece.is_quoted for piece in self.pieces)

    def split(self) -> tuple[ShellWord, ...]:
        """Return the words that the shell makes of it, if nothing quotes it."""
        words: list[list[WordPiece]] = [[]]
        for piece in self.pieces:
            is_exact = piece.end - piece.start == len(piece.text or "")
            if piece.text is None or not _BLANK.search(piece.text):
                words[-1].append(replace(piece, is_quoted=piece.text is not None))
                continue
            for match in _BLANK_OR_NOT.finditer(piece.text):
                if match[0].isspace():
                    words.append([])
                    continue
                at = [piece.start + number * is_exact for number in match.span()]
                words[-1].append(replace(piece, start=at[0], end=at[1], text=match[0]))
        return tuple(ShellWord(tuple(pieces)) for pieces in words if pieces)

    def behind(self, prefix: str) -> ShellWord | None:
        """Return what follows *prefix*, with which it begins, if anything does."""
        pieces, rest = list(self.pieces), prefix
        while pieces and rest:
            text = pieces[0].text or ""
            if len(text) > len(rest):
                is_exact = pieces[0].end - pieces[0].start == len(text)
                start = pieces[0].start + len(rest) * is_exact
                pieces[0] = replace(pieces[0], start=start, text=text[len(rest) :])
                break
            rest = rest[len(text) :]
            pieces.pop(0)
        pieces = [piece for piece in pieces if piece.text != ""]
        return ShellWord(tuple(pieces)) if pieces else None

    def up_to(self, length: int) -> ShellWord | None:
        """Return its first *length* characters, if they are of one plain piece."""
        first = self.pieces[0]
        is_exact = first.end - first.start == len(first.text or "")
        if first.text is None or not is_exact or not 0 < length <= len(first.text):
            return None
        end = first.start + length
        return ShellWord((replace(first, end=end, text=first.text[:length]),))


Words = tuple[ShellWord, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its `words`, and the variables that it sets by itself.

    `assignments` are `NAME=value` before the words, and the words of arrays by
    `NAME[@]`; `None` is a value that is not plain. `inputs` are the ranges of the
    texts behind `<<`.
    """

    words: Words
    assignments: Mapping[str, Words | None]
    inputs: tuple[Range, ...] = ()
