"""The parts of a regular expression, and what must be true of the text that they match."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


class PatternError(ValueError):
    """Text that is no regular expression of this syntax; `position` is from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Atom:
    """A character, a class of characters, or (without `width`) a place between two.

    `source` is what Python's `re` calls it.
    """

    source: str
    width: int = 1
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts, one behind the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Alternatives, of which the first that leads to a match counts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, `least` to `most` times (without a limit if that is `None`)."""

    part: Node
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part whose range is kept under `name`."""

    name: str
    part: Node


Node = Atom | Chain | Alternatives | Repeat | Group


@lru_cache(maxsize=1024)
def compiled(source: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return *source* for Python's `re`, in which nothing of it can be slow.

    Raises:
        re.error: it is no character and no class of characters.
        Warning: it will mean something else in a later Python.
    """
    with warnings.catch_warnings(action="error"):
        return re.compile(source, re.ASCII | (re.IGNORECASE if ignore_case else 0))


def first_atoms(node: Node) -> tuple[list[Atom], bool]:
    """Return with what a match of *node* can begin, and whether it can be empty."""
    match node:
        case Atom():
            return ([node], False) if node.width else ([], True)
        case Group():
            return first_atoms(node.part)
        case Repeat():
            atoms, is_empty = first_atoms(node.part)
            return ([], True) if node.most == 0 else (atoms, is_empty or not node.least)
        case Alternatives():
            parts = [first_atoms(part) for part in node.parts]
            first = [atom for atoms, _ in parts for atom in atoms]
            return first, any(is_empty for _, is_empty in parts)
        case Chain():
            first = []
            for part in node.parts:
                atoms, is_empty = first_atoms(part)
                first += atoms
                if not is_empty:
                    return first, False
            return first, True


def required_text(node: Node) -> str:
    """Return the longest text that every match of *node* has, if it is a plain one."""
    runs = [""]
    for part in _required(node):
        character = _plain_character(part)
        if character:
            runs[-1] += character
        elif not isinstance(part, Atom) or part.width:
            runs.append("")
    return max(runs, key=len)


def _required(node: Node) -> list[Node]:
    """Return the parts that are in every match, in their order."""
    match node:
        case Chain():
            return [inner for part in node.parts for inner in _required(part)]
        case Group():
            return _required(node.part)
        case Repeat() if node.least:
            return [*_required(node.part), node]
        case _:
            return [node]


def _plain_character(node: Node) -> str:
    if not isinstance(node, Atom) or node.ignore_case or not node.width:
        return ""
    character = node.source.removeprefix("\\")
    is_plain = len(character) == 1 and node.source == re.escape(character)
    return character if is_plain else ""


def any_atom(node: Node, condition: Callable[[Atom], bool]) -> bool:
    """Return whether an atom in *node* fulfils *condition*."""
    match node:
        case Atom():
            return condition(node)
        case Group() | Repeat():
            return any_atom(node.part, condition)
        case Chain() | Alternatives():
            return any(any_atom(part, condition) for part in node.parts)
