"""Values of settings in their usual form, read without the schema.

A value of any other form, also a wrong one, is left to the schema, which explains it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Item = TypeVar("_Item")


class UnusualValueError(Exception):
    """A value that is left to the schema."""


def text(value: object) -> str:
    """Return *value*, a text."""
    if not isinstance(value, str):
        raise UnusualValueError
    return value


def switch(value: object) -> bool:
    """Return *value*, a boolean."""
    if not isinstance(value, bool):
        raise UnusualValueError
    return value


def items(read: Callable[[object], _Item]) -> Callable[[object], list[_Item]]:
    """Return what reads a list, each item of it with *read*."""

    def read_list(value: object) -> list[_Item]:
        if not isinstance(value, list):
            raise UnusualValueError
        return [read(item) for item in value]

    return read_list


def among(names: frozenset[str]) -> Callable[[object], str]:
    """Return what reads a text that is one of *names*."""

    def read(value: object) -> str:
        name = text(value)
        if name not in names:
            raise UnusualValueError
        return name

    return read


def table(
    key: Callable[[object], str], item: Callable[[object], _Item]
) -> Callable[[object], dict[str, _Item]]:
    """Return what reads a table, the keys with *key* and the values with *item*."""

    def read(value: object) -> dict[str, _Item]:
        if not isinstance(value, dict):
            raise UnusualValueError
        return {key(name): item(content) for name, content in value.items()}

    return read
