"""The error for a value in a lockfile that is not of its format."""

from __future__ import annotations

from imagelock.light_typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidTableError(Exception):
    """A value that is not of the format.

    `path` has the keys, and the indexes from 0, that lead to it.
    """

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def refuse_unknown(table: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """Refuse keys of *table* that are not *allowed*.

    Raises:
        InvalidTableError: it has such a key.
    """
    if not table.keys() <= allowed:
        unknown = next(key for key in table if key not in allowed)
        keys = ", ".join(f"`{key}`" for key in sorted(allowed))
        message = f"there is no such key; the keys are {keys}"
        raise InvalidTableError(message, unknown)
