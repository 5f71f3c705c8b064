r"""Search with a regular expression in linear time.

The search goes back when it fails, as that of Perl and Python does, so that the same
alternatives count; but it tries no place of the pattern twice at a place of the text.
What failed there once would fail again, as nothing in this syntax refers to the text
of a group. This is "BitState" of RE2 (https://swtch.com/~rsc/regexp/regexp3.html).

`^` and `$` are the ends of lines, `.` is no line break, and `\w`, `\d` and `\s` are
those of ASCII.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from imagelock.dataclass import dataclass, field
from imagelock.syntax.linear_regex.nodes import (
    Alternatives,
    Atom,
    Chain,
    Group,
    PatternError,
    Repeat,
    any_atom,
    compiled,
    first_atoms,
    required_text,
)
from imagelock.syntax.linear_regex.parser import parse

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from imagelock.syntax.linear_regex.nodes import Node

_READ, _SPLIT, _SAVE, _JUMP, _END = range(5)
_MOST_STEPS: Final = 1500
_KEPT: Final = 100_000
"""Places that are remembered before those behind the search are forgotten."""


class TooLongError(Exception):
    """The search took more steps than were allowed."""


@dataclass(frozen=True, slots=True)
class RegexMatch:
    """A match: the range of all of it, and those of the groups that are part of it.

    Ranges are in characters, from the start up to the end.
    """

    start: int
    end: int
    groups: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class LinearRegex:
    """A regular expression; `names` are those of its groups, in their order.

    Every match has `literal`, and begins with a character that `first` matches.
    """

    names: tuple[str, ...]
    literal: str
    first: re.Pattern[str]
    crosses_lines: bool
    _steps: tuple[tuple[int, object, int], ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the regular expression *text*.

        Raises:
            PatternError: it is not of this syntax, or matches the empty text.
        """
        node = parse(text)
        atoms, is_empty = first_atoms(node)
        if is_empty:
            message = "it matches even where there is no text"
            raise PatternError(message, 0)
        program = _Program()
        program.add(node)
        program.steps.append((_END, None, 0))
        if len(program.steps) > _MOST_STEPS:
            raise PatternError("its repetitions are too large", 0)
        either = "|".join(dict.fromkeys(_source(atom) for atom in atoms))
        return cls(
            names=tuple(program.names),
            literal=required_text(node),
            first=compiled(either),
            crosses_lines=any_atom(node, _matches_break),
            _steps=tuple(program.steps),
        )

    def finditer(self, text: str, limit: int) -> Iterator[RegexMatch]:
        """Yield the matches in *text*, none of which overlap.

        *limit* is how many steps may be taken, in proportion to which is the time.

        Raises:
            TooLongError: it takes more.
        """
        search = _Search(text, self._steps, self.names, limit)
        for start, end in self._windows(text):
            search.tried.clear()
            at = start
            while (found := self.first.search(text, at, end)) is not None:
                at = found.start()
                if (match := search.match(at)) is not None:
                    yield match
                    at = match.end
                else:
                    at += 1

    def _windows(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the ranges of *text* that can have a match: lines, if that is possible."""
        if self.crosses_lines:
            if self.literal in text:
                yield 0, len(text)
            return
        at = text.find(self.literal)
        while at >= 0:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            yield start, end
            at = text.find(self.literal, end + 1) if end < len(text) else -1


@dataclass(slots=True)
class _Program:
    """The steps of a search: what to do, with what, and where to go on."""

    steps: list[tuple[int, object, int]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, node: Node) -> None:
        """Append the steps of *node*."""
        if len(self.steps) > _MOST_STEPS:
            return
        match node:
            case Atom():
                pattern = compiled(node.source, ignore_case=node.ignore_case)
                self.steps.append((_READ, pattern.match, 0))
            case Chain():
                for part in node.parts:
                    self.add(part)
            case Group():
                self._group(node)
            case Alternatives():
                self._choice(node)
            case Repeat():
                self._repeat(node)

    def _group(self, node: Group) -> None:
        if node.name not in self.names:
            self.names.append(node.name)
        slot = 2 * self.names.index(node.name)
        self.steps.append((_SAVE, None, slot))
        self.add(node.part)
        self.steps.append((_SAVE, None, slot + 1))

    def _choice(self, node: Alternatives) -> None:
        *others, last = node.parts
        ends = []
        for part in others:
            split = len(self.steps)
            self.steps.append((_SPLIT, 0, 0))
            self.add(part)
            ends.append(len(self.steps))
            self.steps.append((_JUMP, None, 0))
            self.steps[split] = (_SPLIT, split + 1, len(self.steps))
        self.add(last)
        for end in ends:
            self.steps[end] = (_JUMP, None, len(self.steps))

    def _repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.add(node.part)
        splits = []
        for _ in range(1 if node.most is None else node.most - node.least):
            splits.append(len(self.steps))
            self.steps.append((_SPLIT, 0, 0))
            self.add(node.part)
        if node.most is None:
            self.steps.append((_JUMP, None, splits[0]))
        for split in splits:
            ways = (split + 1, len(self.steps))
            first, second = ways if node.greedy else reversed(ways)
            self.steps[split] = (_SPLIT, first, second)


@dataclass(slots=True)
class _Search:
    """A search in *text*; `tried` are the places of the text and the steps that failed."""

    text: str
    steps: tuple[tuple[int, object, int], ...]
    names: tuple[str, ...]
    limit: int
    tried: set[int] = field(default_factory=set)

    def match(self, start: int) -> RegexMatch | None:
        """Return the match that begins at *start*, if there is one."""
        self._forget(start)
        saved = [-1] * (2 * len(self.names))
        # A place to try next: a step and a position, or a group to set back (below 0).
        ways = [(0, start)]
        while ways:
            step, at = ways.pop()
            if step < 0:
                saved[~step] = at
            elif (end := self._follow(step, at, saved, ways)) >= 0:
                count = len(self.steps)
                # Only what is on the way of the match did not fail.
                self.tried.difference_update(range(end * count, (end + 1) * count))
                return RegexMatch(start, end, self._groups(saved))
        return None

    def _follow(
        self, step: int, at: int, saved: list[int], ways: list[tuple[int, int]]
    ) -> int:
        """Return the end of the match, or -1 if this way fails."""
        steps, text, count = self.steps, self.text, len(self.steps)
        while True:
            self.limit -= 1
            kind, argument, other = steps[step]
            if kind == _READ:
                found = argument(text, at)  # type: ignore[operator]
                if found is None:
                    return -1
                at = found.end()
                step += 1
            elif kind == _SPLIT:
                place = at * count + step
                if place in self.tried:
                    return -1
                self.tried.add(place)
                self._charge()
                ways.append((other, at))
                step = argument  # type: ignore[assignment]
            elif kind == _SAVE:
                ways.append((~other, saved[other]))
                saved[other] = at
                step += 1
            elif kind == _JUMP:
                step = other
            else:
                return at

    def _charge(self) -> None:
        if self.limit < 0:
            raise TooLongError

    def _forget(self, start: int) -> None:
        """Forget what is before *start*, if that is much."""
        self._charge()
        if len(self.tried) > _KEPT:
            least = start * len(self.steps)
            kept = {place for place in self.tried if place >= least}
            self.limit -= len(self.tried) // 10
            self.tried = kept

    def _groups(self, saved: list[int]) -> dict[str, tuple[int, int]]:
        ranges = zip(self.names, saved[::2], saved[1::2], strict=True)
        return {name: (a, b) for name, a, b in ranges if a >= 0 and b >= a}


def _source(atom: Atom) -> str:
    return f"(?i:{atom.source})" if atom.ignore_case else atom.source


def _matches_break(atom: Atom) -> bool:
    pattern = compiled(atom.source, ignore_case=atom.ignore_case)
    return bool(atom.width) and pattern.match("\n") is not None
