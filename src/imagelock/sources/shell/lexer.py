"""Split scripts into commands and words, as POSIX shells and bash do.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html (2.2 Quoting,
2.3 Token Recognition, 2.7.4 Here-Document)

Nothing is run and nothing expanded. Commands within `$(…)` and backquotes are commands,
too. Whatever the text is, it is read to its end.
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.shell.words import ELEMENTS, Command, ShellWord, WordPiece, Words

_DEEPEST: Final = 20
_SETTING: Final = frozenset({"export", "readonly", "local", "declare", "typeset"})
_SEPARATORS: Final = "\n;&|()"
_END_OF_WORD: Final = " \t\r\n;&|()<>"
_PLAIN: Final = re.compile(r"[^\s;&|()<>\\'\"$`{]++")
_IN_QUOTES: Final = re.compile(r"[^\\\"$`{]++")
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*+)(?P<index>\[[^\]\s]*+\])?\+?=")
_NAME: Final = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*+)|\{(?P<braced>[A-Za-z_]\w*+(?:\[@\])?)\})"
)
_DEFAULT: Final = re.compile(
    r"\$\{(?P<name>[A-Za-z_]\w*+):?[-=](?P<quote>[\"']?)(?P<value>[^\"'{}$`\\\s]*+)(?P=quote)\}"
)
_ACTION: Final = re.compile(r"\$?\{\{(?:[^{}]|\}(?!\}))*+\}\}")
_BRACES: Final = re.compile(r"\$\{[^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+\}")
_ESCAPED_IN_QUOTES: Final = '"\\$`\n'
_HERE: Final = re.compile(r"<<(?P<tabs>-?)[ \t]*+")
_REDIRECTION: Final = re.compile(r"(?:<<<|>>|>\||>&|<&|<>|[<>])")

Variable = re.Pattern[str]
PREFIX: Final = "$"
"""Begins the name of a variable of the shell where a file has others, too."""


@dataclass(slots=True)
class ShellLexer:
    """Reads *text* from `at` up to `end`.

    `variable` is how another program, such as Make, names its variables before the
    shell gets the text; its group `name` is the name.
    """

    text: str
    at: int
    end: int
    variable: Variable | None = None
    depth: int = 0
    commands: list[Command] = field(default_factory=list)
    _words: list[ShellWord] = field(default_factory=list)
    _assignments: dict[str, Words | None] = field(default_factory=dict)
    _inputs: list[tuple[int, int]] = field(default_factory=list)
    _waiting: list[tuple[str, bool, int]] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """What is before the names of the shell's variables, as others are there."""
        return PREFIX if self.variable else ""

    def read(self, until: str = "") -> list[Command]:
        """Return the commands up to the end, or up to *until*, one character."""
        while self.at < self.end:
            character = self.text[self.at]
            if character == until:
                break
            if self.text.startswith(("\\\n", "\\\r\n"), self.at):
                self.at = self.text.index("\n", self.at) + 1
            elif character in " \t\r":
                self.at += 1
            elif character in _SEPARATORS:
                self._separate(character)
            elif character == "#":
                self._skip_line()
            elif character in "<>":
                self._redirect()
            else:
                self._add(self._word(_END_OF_WORD + until))
        self._finish()
        return self.commands

    def _separate(self, character: str) -> None:
        self.at += 1
        self._finish()
        if character == "\n":
            self._read_inputs()

    def _is_setting(self) -> bool:
        """Return whether the command only sets variables: `export NAME=value`."""
        return bool(self._words) and self._words[0].text in _SETTING

    def _finish(self) -> None:
        if self._is_setting():
            self._words = []
        if self._words or self._assignments:
            command = Command(tuple(self._words), self._assignments)
            self._waiting = [
                (end, tabs, len(self.commands) if number < 0 else number)
                for end, tabs, number in self._waiting
            ]
            self.commands.append(command)
        self._words, self._assignments = [], {}

    def _skip_line(self) -> None:
        end = self.text.find("\n", self.at, self.end)
        self.at = self.end if end < 0 else end

    def _add(self, word: ShellWord) -> None:
        """Add *word* to the command, or what it assigns."""
        first = word.pieces[0]
        match = _ASSIGNMENT.match(first.text or "") if not first.is_quoted else None
        if match is None or (self._words and not self._is_setting()):
            self._words.append(word)
            return
        name, value = f"{self.prefix}{match['name']}", word.behind(match[0])
        is_plain = not match["index"] and not match[0].endswith("+=")
        if value is None and self.text.startswith("(", self.at):
            elements = self._array()
            self._assignments[f"{name}{ELEMENTS}"] = elements if is_plain else None
            is_plain = False
        elif value is None:
            value = ShellWord((WordPiece(self.at, self.at, "", is_quoted=True),))
        if not is_plain:
            self._assignments.setdefault(f"{name}{ELEMENTS}", None)
        self._assignments[name] = (value,) if value and is_plain else None

    def _array(self) -> Words:
        """Return the words of an array, which are no command, and go behind its `)`."""
        words: list[ShellWord] = []
        self.at += 1
        while self.at < self.end and self.text[self.at] != ")":
            if self.text[self.at] in _END_OF_WORD:
                self.at += 1
            elif self.text.startswith(("\\\n", "\\\r\n"), self.at):
                self.at = self.text.index("\n", self.at) + 1
            elif self.text[self.at] == "#":
                self._skip_line()
            else:
                words.append(self._word(_END_OF_WORD))
        self.at += 1
        return tuple(words)

    def _redirect(self) -> None:
        """Go behind a redirection, whose word is a file or the end of a text."""
        here = (
            None
            if self.text.startswith("<<<", self.at)
            else _HERE.match(self.text, self.at)
        )
        if here is None:
            match = _REDIRECTION.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1
        else:
            self.at = here.end()
        while self.at < self.end and self.text[self.at] in " \t":
            self.at += 1
        if self.at >= self.end or self.text[self.at] in _END_OF_WORD:
            return
        word = self._word(_END_OF_WORD)
        if here is not None and word.text:
            self._waiting.append((word.text, bool(here["tabs"]), -1))

    def _read_inputs(self) -> None:
        """Read the texts whose ends `<<` named in the line before."""
        for ending, tabs, number in self._waiting:
            start = stop = self.at
            while self.at < self.end:
                line_end = self.text.find("\n", self.at, self.end)
                line_end = self.end if line_end < 0 else line_end
                line = self.text[self.at : line_end].rstrip("\r")
                stop = self.at
                self.at = min(line_end + 1, self.end)
                if (line.lstrip("\t") if tabs else line) == ending:
                    break
            else:
                stop = self.end
            if 0 <= number < len(self.commands):
                command = self.commands[number]
                inputs = (*command.inputs, (start, stop))
                self.commands[number] = replace(command, inputs=inputs)
        self._waiting = []

    def _word(self, ends: str) -> ShellWord:
        """Read a word up to one of the characters *ends*."""
        pieces: list[WordPiece] = []
        start = self.at
        while self.at < self.end and self.text[self.at] not in ends:
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
            self._nested("`", 1)
            return replace(piece, end=self.at)
        return self._unknown(piece) if text[start] == "$" else None

    def _unknown(self, piece: WordPiece) -> WordPiece | None:
        """Read an expansion of which only the end is known: `$(…)`, `$1`, `${a[0]}`."""
        text, start = self.text, self.at
        if text.startswith("$(", start):
            self._nested(")", 2)
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

    def _nested(self, until: str, opening: int) -> None:
        """Read the commands in `$(…)` or backquotes, which are commands of the script."""
        start = self.at + opening
        if self.depth == _DEEPEST:
            end = self.text.find(until, start, self.end)
            self.at = self.end if end < 0 else end + 1
            return
        inner = ShellLexer(self.text, start, self.end, self.variable, self.depth + 1)
        self.commands += inner.read(until)
        self.at = min(inner.at + 1, self.end)


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


def commands(
    text: str, start: int, end: int, variable: Variable | None
) -> list[Command]:
    """Return the commands in a part of *text*, those within words first."""
    return ShellLexer(text, start, end, variable).read()
