"""What the variables of a script are, where that is plain.

A variable is known if it is set once, to text or to other variables that are known.
Nothing is known of one that a loop, `read`, or a condition's other branch sets, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Reason, VariableAssignment
from imagelock.sources.shell.lexer import commands
from imagelock.sources.shell.words import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.shell.word_lexer import Variable
    from imagelock.sources.shell.words import Command, ShellWord, WordPiece, Words

_CHANGING: Final = frozenset(
    {"for", "select", "read", "getopts", "mapfile", "readarray", "unset", "printf"}
)
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*+)=")
_NAME: Final = re.compile(r"[A-Za-z_]\w*+")
_BLANK: Final = re.compile(r"\s")
_LONGEST: Final = 1000
_MOST_WORDS: Final = 1000
"""In one command."""


@dataclass(frozen=True, slots=True)
class ExpandedWord:
    """What a word is: its `value`, and the `variables` in it with their places.

    Without a value, `reason` is why it is not known.
    """

    value: str | None
    variables: tuple[str, ...] = ()
    assignments: tuple[VariableAssignment, ...] = ()
    reason: Reason = Reason.VARIABLE


@dataclass(slots=True, kw_only=True)
class Variables:
    """The variables of a script at *path*; those in `given` have these values.

    The names of the shell's variables have a `prefix` where others are there, too.
    """

    path: PurePosixPath
    text: Text
    given: Mapping[str, str]
    prefix: str = ""
    set_once: dict[str, Words | None] = field(default_factory=dict)
    _known: dict[str, ExpandedWord] = field(default_factory=dict)
    _within: set[str] = field(default_factory=set)

    def add(self, name: str, words: Words | None) -> None:
        """Add that *name* is set to *words*: nothing is known if it is set again."""
        self.set_once[name] = None if name in self.set_once else words

    def forget(self, name: str) -> None:
        """Add that *name* is set to something that is not known."""
        self.set_once[name] = self.set_once[f"{name}{ELEMENTS}"] = None

    def add_commands(self, found: Iterable[Command]) -> None:
        """Add what commands set."""
        for command in found:
            for name, words in command.assignments.items():
                self.add(name, None if command.words else words)
            if not command.words:
                continue
            program = command.words[0].text
            for word in command.words[1:]:
                if program in _CHANGING and word.text and _NAME.fullmatch(word.text):
                    self.forget(f"{self.prefix}{word.text}")
                elif program == ":" and word.variable and word.pieces[0].default:
                    self.add(word.variable, (word,))

    def forget_arguments(self, found: Iterable[Command]) -> None:
        """Forget what commands such as `make NAME=value` set for other commands."""
        for command in found:
            if not any(map(_is_make, command.words)):
                continue
            for name in command.assignments:
                self.forget(name.removeprefix(self.prefix))
            for word in command.words:
                if match := _ASSIGNMENT.match(word.beginning):
                    self.forget(match["name"])

    def add_matches(self, pattern: re.Pattern[str], variable: Variable | None) -> None:
        """Add what *pattern* finds in the text: the groups `name` and `value`.

        What it finds without `value`, or with other groups, is not plain.
        """
        for match in pattern.finditer(self.text.value):
            name, value, *others = match.group("name", "value", *_others(pattern))
            words = None
            if value is not None and not any(others):
                found = commands(self.text.value, *match.span("value"), variable)
                words = found[0].words if len(found) == 1 else None
                if not value.strip():
                    words = ()
            self.add(name, words)

    def expand(self, word: ShellWord) -> ExpandedWord:
        """Return what *word* is; not that of a word that is longer than any name."""
        values: list[str] = []
        names: list[str] = []
        places: list[VariableAssignment] = []
        for piece in word.pieces:
            if piece.text is not None:
                values.append(piece.text)
                continue
            if piece.name is None:
                return ExpandedWord(None, reason=Reason.EXPRESSION)
            inner = self._value(piece)
            if inner.value is None:
                return inner
            values.append(inner.value)
            names += [piece.name, *inner.variables]
            places += inner.assignments
        value = "".join(values)
        if len(value) > _LONGEST:
            return ExpandedWord(None)
        unique = tuple(dict.fromkeys(names))
        return ExpandedWord(value, unique, tuple(dict.fromkeys(places)))

    def value_of(self, word: ShellWord) -> str | None:
        """Return what *word* is, if that is known."""
        return self.expand(word).value

    def split(self, words: Iterable[ShellWord]) -> list[ShellWord]:
        """Return *words* as the shell makes them of variables that are known.

        An unquoted variable can be no word, or several, or an option: then they are
        those of its value. One that is one word stands for itself.
        """
        found: list[ShellWord] = []
        for word in self._split(words, ()):
            found.append(word)
            if len(found) == _MOST_WORDS:
                break
        return found

    def _split(
        self, words: Iterable[ShellWord], within: tuple[str, ...]
    ) -> Iterator[ShellWord]:
        for word in words:
            name = word.variable or ""
            if name in within or not (word.may_be_several or name.endswith(ELEMENTS)):
                yield word
                continue
            value = self.set_once.get(name) if name not in self.given else None
            if value is not None:
                is_list = name.endswith(ELEMENTS)
                is_text = not is_list and name.startswith(self.prefix)
                parts = value[0].split() if is_text and value else value
                if is_list or len(parts) != 1:
                    yield from self._split(parts, (*within, name))
                    continue
            yield from self._single(word)

    def _single(self, word: ShellWord) -> Iterator[ShellWord]:
        """Yield *word*, which is quoted if its value is known to be one word."""
        value = self.expand(word).value
        if value == "":
            return
        if value and not _BLANK.search(value):
            name = word.variable
            words = self.set_once.get(name) if name else None
            if value.startswith("-") and words:
                yield from words
                return
            pieces = (replace(piece, is_quoted=True) for piece in word.pieces)
            word = replace(word, pieces=tuple(pieces))
        yield word

    def _value(self, piece: WordPiece) -> ExpandedWord:
        """Return what the variable is that *piece* names."""
        name = piece.name or ""
        if name in self.given:
            return ExpandedWord(self.given[name])
        words = self.set_once.get(name)
        if name in self._within or (words is None and name not in self.set_once):
            return self._default(piece)
        if words is None:
            return ExpandedWord(None)
        if name not in self._known:
            self._within.add(name)
            self._known[name] = self._set_to(name, words)
            self._within.discard(name)
        return self._known[name]

    def _default(self, piece: WordPiece) -> ExpandedWord:
        """Return what *piece* is if nothing sets its variable: `${NAME:-default}`."""
        if not piece.default:
            return ExpandedWord(None)
        start = piece.default_start
        span = self.text.span(start, start + len(piece.default))
        place = VariableAssignment(piece.name or "", self.path, span, piece.default)
        return ExpandedWord(piece.default, (), (place,))

    def _set_to(self, name: str, words: Words) -> ExpandedWord:
        """Return what the variable *name* is, which is set to *words*."""
        if len(words) != 1:
            return ExpandedWord(None if words else "")
        found = self.expand(words[0])
        if found.value is None:
            return found
        start, end = words[0].extent(self.text.value)
        written = self.text.value[start:end]
        place = VariableAssignment(name, self.path, self.text.span(start, end), written)
        return ExpandedWord(found.value, found.variables, (place, *found.assignments))


def _others(pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(name for name in pattern.groupindex if name not in {"name", "value"})


def _is_make(word: ShellWord) -> bool:
    return word.variable == "MAKE" or word.text in {"make", "gmake"}
