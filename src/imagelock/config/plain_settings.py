"""Read settings of the usual form without the schema, which takes as long as a check.

What these functions do not take is read by the schema: every other key, and every value
that is wrong, which it explains. A property test compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from imagelock.config.config import Config
from imagelock.config.update_settings import (
    UpdateGroup,
    UpdateSettings,
    check_different,
    check_group_name,
    check_item,
    check_title,
)
from imagelock.errors import ImagelockError
from imagelock.model.finding import Rule, Severity
from imagelock.model.image_pattern import check_wanted
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Item = TypeVar("_Item")

_RULES: Final = frozenset(rule.slug for rule in Rule)
_SEVERITIES: Final = frozenset(severity.word for severity in Severity)


class _UnusualError(Exception):
    """A value that is left to the schema."""


def plain_config(table: Mapping[str, Any]) -> Config | None:
    """Return the settings in *table*, or `None` if the schema has to read them."""
    values: dict[str, Any] = {}
    try:
        for key, value in table.items():
            read = _READERS.get(key)
            if read is None:
                return None
            values[key.replace("-", "_")] = read(value)
    except (_UnusualError, ImagelockError):
        return None
    return Config(**values, platforms_are_declared="platforms" in table)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _UnusualError
    return value


def _texts(value: object) -> list[str]:
    return _list_of(_text)(value)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise _UnusualError
    return value


def _among(names: frozenset[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        name = _text(value)
        if name not in names:
            raise _UnusualError
        return name

    return read


def _rules(value: object) -> list[str]:
    return [_rule(name) for name in _texts(value)]


def _platforms(value: object) -> list[str]:
    names = [str(Platform.parse(name)) for name in _texts(value)]
    if not names:
        raise _UnusualError
    return names


def _table(
    key: Callable[[object], str], item: Callable[[object], object]
) -> Callable[[object], dict[str, object]]:
    def read(value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise _UnusualError
        return {key(name): item(content) for name, content in value.items()}

    return read


def _checked(check: Callable[[str], str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        try:
            return check(_text(value))
        except ValueError:
            raise _UnusualError from None

    return read


def _list_of(item: Callable[[object], _Item]) -> Callable[[object], list[_Item]]:
    def read(value: object) -> list[_Item]:
        if not isinstance(value, list):
            raise _UnusualError
        return [item(each) for each in value]

    return read


def _update(value: object) -> UpdateSettings:
    groups = _fields(value, _UPDATE, ()).get("group", [])
    try:
        check_different([group.name for group in groups])
    except ValueError:
        raise _UnusualError from None
    return UpdateSettings(tuple(groups))


def _group(value: object) -> UpdateGroup:
    fields = _fields(value, _GROUP, ("name", "images"))
    if not fields["images"]:
        raise _UnusualError
    return UpdateGroup(fields["name"], tuple(fields["images"]))


def _fields(
    value: object,
    readers: Mapping[str, Callable[[object], Any]],
    required: tuple[str, ...],
) -> dict[str, Any]:
    """Return the table *value*, of which *readers* know every key."""
    if not isinstance(value, dict) or not set(required) <= value.keys():
        raise _UnusualError
    if not value.keys() <= readers.keys():
        raise _UnusualError
    return {name: readers[name](content) for name, content in value.items()}


def _limit(value: object) -> int:
    if type(value) is not int or value < 1:
        raise _UnusualError
    return value


_rule: Final = _among(_RULES)
_items: Final = _list_of(_checked(check_item))
_REQUEST: Final = {
    "title": _checked(check_title),
    "labels": _items,
    "reviewers": _items,
}
_GROUP: Final = {
    **_REQUEST,
    "name": _checked(check_group_name),
    "images": _list_of(_checked(check_wanted)),
}
_UPDATE: Final = {**_REQUEST, "limit": _limit, "group": _list_of(_group)}
_READERS: Final[dict[str, Callable[[object], object]]] = {
    "platforms": _platforms,
    "include": _texts,
    "exclude": _texts,
    "ignore": _rules,
    "ignore-paths": _table(_text, _rules),
    "rules": _table(_rule, _among(_SEVERITIES)),
    "embedded": _switch,
    "guesses": _switch,
    "variables": _table(_text, _text),
    "update": _update,
}
