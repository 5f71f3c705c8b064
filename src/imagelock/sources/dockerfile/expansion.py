"""What a word of a Dockerfile turned out to mean, or why that is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.occurrence import Reason


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a word means.

    `variables` are the names of those that decided it: the used ones, each
    followed by those that decided its own value. `empty` are the names that
    were meant to add something and had nothing to add.
    """

    value: str
    variables: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unexpandable:
    """Why the meaning of a word is not known, in words for people."""

    reason: Reason
    detail: str
    variables: tuple[str, ...] = ()


class RefusedError(Exception):
    """Stop reading a word; whoever reads words turns it into a value."""

    def __init__(self, reason: Reason, detail: str, *variables: str) -> None:
        super().__init__(detail)
        self.why = Unexpandable(reason, detail, variables)


def joined(parts: list[Expansion]) -> Expansion:
    """Return what *parts* mean one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Expansion(
        "".join([part.value for part in parts]),
        unique(name for part in parts for name in part.variables),
        unique(name for part in parts for name in part.empty),
    )


def named(name: str, value: Expansion) -> Expansion:
    """Return what a reference to the variable *name* means if it has *value*."""
    names = identifiers(name)
    empty = () if value.value else names
    return Expansion(
        value.value, unique((*names, *value.variables)), value.empty or empty
    )


def identifiers(name: str) -> tuple[str, ...]:
    """Return *name* if it can be that of an ARG, unlike those in `$$` and `$1`."""
    return (name,) if name.isidentifier() else ()


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names*, each where it stands first."""
    return tuple(dict.fromkeys(names))
