"""Split scripts into commands, as POSIX shells and bash do.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html (2.3 Token
Recognition, 2.7.4 Here-Document)

Nothing is run and nothing expanded. Commands within `$(…)` and backquotes are commands,
too. Whatever the text is, it is read to its end.
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.shell.word_lexer import Variable, WordLexer
from imagelock.sources.shell.words import ELEMENTS, Command, ShellWord, WordPiece, Words

_DEEPEST: Final = 20
_SETTING: Final = frozenset({"export", "readonly", "local", "declare", "typeset"})
_SEPARATORS: Final = "\n;&|()"
_END_OF_WORD: Final = " \t\r\n;&|()<>"
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*+)(?P<index>\[[^\]\s]*+\])?\+?=")
_HERE: Final = re.compile(r"<<(?P<tabs>-?)[ \t]*+")
_REDIRECTION: Final = re.compile(r"(?:<<<|>>|>\||>&|<&|<>|[<>])")


@dataclass(slots=True)
class ShellLexer(WordLexer):
    """Reads the commands from `at` up to `end`, which are `depth` others deep."""

    depth: int = 0
    commands: list[Command] = field(default_factory=list)
    _words: list[ShellWord] = field(default_factory=list)
    _assignments: dict[str, Words | None] = field(default_factory=dict)
    _waiting: list[tuple[str, bool, int]] = field(default_factory=list)

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
            elif character in "<>" and not self.has_variable():
                self._redirect()
            else:
                self._add(self.word(_END_OF_WORD + until))
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
                words.append(self.word(_END_OF_WORD))
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
        word = self.word(_END_OF_WORD)
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

    def read_nested(self, until: str, opening: int) -> None:
        """Read the commands in `$(…)` or backquotes, which are some of the script."""
        if self.depth == _DEEPEST:
            WordLexer.read_nested(self, until, opening)
            return
        start = self.at + opening
        inner = ShellLexer(
            self.text, start, self.end, self.variable, depth=self.depth + 1
        )
        self.commands += inner.read(until)
        self.at = min(inner.at + 1, self.end)


def commands(
    text: str, start: int, end: int, variable: Variable | None
) -> list[Command]:
    """Return the commands in a part of *text*, those within words first."""
    return ShellLexer(text, start, end, variable).read()
