"""Words of a script, with the place of each character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WordPiece:
    """A part of a word: plain text, or a variable by its `name`.

    The characters from `start` to `end` of the script stand for it. With neither
    `text` nor `name`, it is known at run time only. `default` is what a variable
    without a value is (`${NAME:-default}`).
    """

    start: int
    end: int
    text: str | None = None
    name: str | None = None
    default: str | None = None
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class ShellWord:
    """A word of a command: its `pieces`, of which there is at least one."""

    pieces: tuple[WordPiece, ...]

    @property
    def extent(self) -> Range:
        """The range of the word, without the quotes around all of it."""
        return self.pieces[0].start, self.pieces[-1].end

    @property
    def text(self) -> str | None:
        """What it is, if it is plain text."""
        texts = [piece.text for piece in self.pieces]
        return None if None in texts else "".join(filter(None, texts))

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


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its `words`, and the variables that it sets by itself.

    `assignments` are `NAME=value` before the words; `None` is a value that is not
    one plain word. `inputs` are the ranges of the texts behind `<<`.
    """

    words: tuple[ShellWord, ...]
    assignments: Mapping[str, ShellWord | None]
    inputs: tuple[Range, ...] = ()
