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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.shell.lexer import Variable
    from imagelock.sources.shell.words import Command, ShellWord

_SETTING: Final = frozenset({"export", "readonly", "local", "declare", "typeset"})
_CHANGING: Final = frozenset(
    {"for", "select", "read", "getopts", "mapfile", "readarray", "unset", "printf"}
)
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*+)=")
_NAME: Final = re.compile(r"[A-Za-z_]\w*+")
_BLANK: Final = re.compile(r"\s")
_LONGEST: Final = 1000


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
    """The variables of a script at *path*; those in `given` have these values."""

    path: PurePosixPath
    text: Text
    given: Mapping[str, str]
    set_once: dict[str, ShellWord | None] = field(default_factory=dict)
    _known: dict[str, ExpandedWord] = field(default_factory=dict)

    def add(self, name: str, value: ShellWord | None) -> None:
        """Add that *name* is set to *value*: nothing is known if it is set again."""
        self.set_once[name] = None if name in self.set_once else value

    def add_commands(self, found: Iterable[Command]) -> None:
        """Add what commands set."""
        for command in found:
            for name, value in command.assignments.items():
                self.add(name, None if command.words else value)
            if not command.words:
                continue
            program = command.words[0].text
            for word in command.words[1:]:
                match = _ASSIGNMENT.match(word.beginning)
                if program in _SETTING and match:
                    self.add(match["name"], word.behind(match[0]))
                elif program in _CHANGING and word.text and _NAME.fullmatch(word.text):
                    self.add(word.text, None)
                    self.add(word.text, None)

    def add_matches(self, pattern: re.Pattern[str], variable: Variable | None) -> None:
        """Add what *pattern* finds in the text: the groups `name` and `value`."""
        for match in pattern.finditer(self.text.value):
            found = commands(self.text.value, *match.span("value"), variable)
            words = found[0].words if len(found) == 1 else ()
            is_plain = len(words) == 1 and match["operator"] not in {"+", "!"}
            self.add(match["name"], words[0] if is_plain else None)

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
            inner = self._value(piece.name, piece.default)
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

    def known(self, words: Iterable[ShellWord]) -> list[ShellWord]:
        """Return *words* as the shell makes them of variables that are known.

        A variable without quotes can be no word, or several, or an option.
        """
        found = []
        for word in words:
            if word.may_be_several:
                value = self.expand(word).value
                if value == "":
                    continue
                if value and not value.startswith("-") and not _BLANK.search(value):
                    pieces = (replace(piece, is_quoted=True) for piece in word.pieces)
                    found.append(replace(word, pieces=tuple(pieces)))
                    continue
            found.append(word)
        return found

    def _value(self, name: str, default: str | None) -> ExpandedWord:
        if name in self.given:
            return ExpandedWord(self.given[name])
        word = self.set_once.get(name)
        if word is None:
            is_set = name in self.set_once
            return ExpandedWord(None if is_set or not default else default)
        if name not in self._known:
            self._known[name] = ExpandedWord(None)  # where it is part of its own value
            self._known[name] = self._set_to(name, word)
        return self._known[name]

    def _set_to(self, name: str, word: ShellWord) -> ExpandedWord:
        """Return what the variable *name* is, which is set to *word*."""
        found = self.expand(word)
        if found.value is None:
            return found
        start, end = word.extent
        written = self.text.value[start:end]
        place = VariableAssignment(name, self.path, self.text.span(start, end), written)
        return ExpandedWord(found.value, found.variables, (place, *found.assignments))
