"""Split a script into words: quotes, escapes, and what is expanded.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html (2.2 Quoting,
2.6 Word Expansions)
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.dataclass import dataclass, replace
from imagelock.sources.shell.words import ShellWord, WordPiece

_PLAIN: Final = re.compile(r"[^\s;&|()<>\\'\"$`{]++")
_IN_QUOTES: Final = re.compile(r"[^\\\"$`{]++")
_NAME: Final = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*+)|\{(?P<braced>[A-Za-z_]\w*+(?:\[@\])?)\})"
)
_DEFAULT: Final = re.compile(
    r"\$\{(?P<name>[A-Za-z_]\w*+):?[-=](?P<quote>[\"']?)(?P<value>[^\"'{}$`\\\s]*+)(?P=quote)\}"
)
_ACTION: Final = re.compile(r"\$?\{\{(?:[^{}]|\}(?!\}))*+\}\}")
_BRACES: Final = re.compile(r"\$\{[^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+\}")
_ESCAPED_IN_QUOTES: Final = '"\\$`\n'

Variable = re.Pattern[str]
PREFIX: Final = "$"
"""Begins the name of a variable of the shell where a file has others, too."""


@dataclass(slots=True)
class WordLexer:
    """Reads words of *text* from `at` on, which end before `end`.

    `variable` is how another program, such as Make, names its variables before the
    shell gets the text; its group `name` is the name.
    """

    text: str
    at: int
    end: int
    variable: Variable | None = None

    @property
    def prefix(self) -> str:
        """What is before the names of the shell's variables, as others are there."""
        return PREFIX if self.variable else ""

    def read_nested(self, until: str, opening: int) -> None:
        """Go behind commands that end with *until*, and begin *opening* characters on."""
        end = self.text.find(until, self.at + opening, self.end)
        self.at = self.end if end < 0 else end + 1

    def has_variable(self) -> bool:
        """Return whether a variable of another program is here."""
        pattern = self.variable
        return bool(pattern and pattern.match(self.text, self.at, self.end))

    def word(self, ends: str) -> ShellWord:
        """Read a word up to one of the characters *ends*."""
        pieces: list[WordPiece] = []
        start = self.at
        while self.at < self.end and (
            self.text[self.at] not in ends or self.has_variable()
        ):
            character = self.text[self.at]
            if character == "'":
                pieces.append(self._single_quoted())
            elif character == '"':
                pieces += self._double_quoted()
            elif character == "\\":
                self._escaped(pieces, "")
            elif (piece := self._expansion(is_quoted=False)) is not None:
                pieces.append(piece)
            else:
                match = _PLAIN.match(self.text, self.at, self.end)
                end = match.end() if match else self.at + 1
                end = _first(self.text, self.at, end, ends)
                pieces.append(WordPiece(self.at, end, self.text[self.at : end]))
                self.at = end
        return ShellWord(
            _joined(pieces) or (WordPiece(start, self.at, "", is_quoted=True),)
        )

    def _single_quoted(self) -> WordPiece:
        start = self.at + 1
        end = self.text.find("'", start, self.end)
        end = self.end if end < 0 else end
        self.at = min(end + 1, self.end)
        return WordPiece(start, end, self.text[start:end], is_quoted=True)

    def _double_quoted(self) -> list[WordPiece]:
        self.at += 1
        pieces = [WordPiece(self.at, self.at, "", is_quoted=True)]
        while self.at < self.end and self.text[self.at] != '"':
            if self.text[self.at] == "\\":
                self._escaped(pieces, _ESCAPED_IN_QUOTES)
            elif (piece := self._expansion(is_quoted=True)) is not None:
                pieces.append(piece)
            else:
                match = _IN_QUOTES.match(self.text, self.at, self.end)
                end = match.end() if match else self.at + 1
                text = self.text[self.at : end]
                pieces.append(WordPiece(self.at, end, text, is_quoted=True))
                self.at = end
        self.at = min(self.at + 1, self.end)
        return pieces

    def _escaped(self, pieces: list[WordPiece], only: str) -> None:
        """Read a backslash: in quotes, it escapes *only* some characters."""
        start, following = self.at, self.text[self.at + 1 : self.end][:2]
        if following.startswith(("\n", "\r\n")):
            self.at += 2 + following.startswith("\r")
            return
        self.at = min(start + 2, self.end)
        is_escape = not only or following[:1] in only
        text = following[:1] if is_escape else self.text[start : self.at]
        pieces.append(WordPiece(start, self.at, text, is_quoted=True))

    def _expansion(self, *, is_quoted: bool) -> WordPiece | None:
        """Read what something else is put in place of, if it is here."""
        start, text = self.at, self.text
        piece = WordPiece(start, start, is_quoted=is_quoted)
        own = self.variable.match(text, start, self.end) if self.variable else None
        if match := own or _ACTION.match(text, start, self.end):
            self.at = match.end()
            name = match.groupdict().get("name")
            return replace(
                piece, end=self.at, name=name, is_quoted=is_quoted or not own
            )
        if match := _NAME.match(text, start, self.end) or _DEFAULT.match(
            text, start, self.end
        ):
            self.at = match.end()
            groups = match.groupdict()
            name = groups.get("name") or groups.get("plain") or groups.get("braced")
            piece = replace(piece, end=self.at, name=f"{self.prefix}{name}")
            if default := groups.get("value"):
                start = match.start("value")
                piece = replace(piece, default=default, default_start=start)
            return piece
        if text[start] == "`":
            self.read_nested("`", 1)
            return replace(piece, end=self.at)
        return self._unknown(piece) if text[start] == "$" else None

    def _unknown(self, piece: WordPiece) -> WordPiece | None:
        """Read an expansion of which only the end is known: `$(…)`, `$1`, `${a[0]}`."""
        text, start = self.text, self.at
        if text.startswith("$(", start):
            self.read_nested(")", 2)
        elif match := _BRACES.match(text, start, self.end):
            self.at = match.end()
        elif text.startswith("${", start):
            end = text.find("}", start, self.end)
            self.at = self.end if end < 0 else end + 1
        elif start + 1 < self.end and text[start + 1] in "0123456789@*#?$!-":
            self.at += 2
        else:
            return None
        return replace(piece, end=self.at)


def _first(text: str, start: int, end: int, ends: str) -> int:
    """Return the first place behind *start* with one of *ends*, at most *end*."""
    for at in range(start + 1, end):
        if text[at] in ends:
            return at
    return end


def _joined(pieces: list[WordPiece]) -> tuple[WordPiece, ...]:
    """Return *pieces* without empty ones, and with texts that touch put together."""
    joined: list[WordPiece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if piece.text == "":
            continue
        is_text = last is not None and last.text is not None and piece.text is not None
        if (
            last
            and is_text
            and last.end == piece.start
            and last.is_quoted == piece.is_quoted
        ):
            text = f"{last.text}{piece.text}"
            joined[-1] = replace(last, end=piece.end, text=text)
        else:
            joined.append(piece)
    return tuple(joined)
