"""Result of expanding a word of a Dockerfile: a value, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_VARIABLES: Final = 100


@dataclass(frozen=True, slots=True)
class Expansion:
    """The value of a word.

    `variables` are the names of those that decided it: each one in the word,
    followed by those that decided its own value. `empty` are the names that
    added nothing, as they are unset or empty, and `gaps` those of them that stand
    behind other text: what remains of the name is then not all of it.
    """

    value: str
    variables: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unexpandable:
    """Why a word cannot be expanded; `detail` is for people."""

    reason: Reason
    detail: str
    variables: tuple[str, ...] = ()


class RefusedError(Exception):
    """Stops the lexer; `expand` returns its `result`."""

    def __init__(self, reason: Reason, detail: str, *variables: str) -> None:
        super().__init__(detail)
        self.result = Unexpandable(reason, detail, variables[:_MOST_VARIABLES])


def concatenate(parts: list[Expansion]) -> Expansion:
    """Return the expansion of *parts* in a row.

    Raises:
        RefusedError: too many variables decided it.
    """
    if len(parts) == 1:
        return parts[0]
    value = ""
    gaps: list[str] = []
    for part in parts:
        gaps += part.empty if value else part.gaps
        value += part.value
    return Expansion(
        value,
        _few(name for part in parts for name in part.variables),
        unique(name for part in parts for name in part.empty),
        unique(gaps),
    )


def variable_expansion(name: str, value: Expansion) -> Expansion:
    """Return the expansion of `$name`, a variable with *value*.

    Raises:
        RefusedError: too many variables decided it.
    """
    names = identifiers(name)
    empty = () if value.value else names
    return Expansion(
        value.value,
        _few((*names, *value.variables)),
        value.empty or empty,
        value.gaps,
    )


def _few(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* without repetitions.

    Each ARG of a chain has the names of all before it: without a limit, the work would
    grow with the square of the file.
    """
    few = unique(names)
    if len(few) > _MOST_VARIABLES:
        raise RefusedError(
            Reason.VARIABLE, f"more than {_MOST_VARIABLES} variables decide it"
        )
    return few


def identifiers(name: str) -> tuple[str, ...]:
    """Return *name* if an ARG can have it, unlike those in `$$` and `$1`."""
    return (name,) if name.isidentifier() else ()


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* without repetitions, in their order."""
    return tuple(dict.fromkeys(names))
