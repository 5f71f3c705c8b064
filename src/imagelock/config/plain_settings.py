"""Read settings of the usual form without the schema, which takes as long as a check.

What these functions do not take is read by the schema: every other key, and every value
that is wrong, which it explains. A property test compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.config.config import Config
from imagelock.config.plain_values import (
    UnusualValueError,
    among,
    items,
    switch,
    table,
    text,
)
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

    from imagelock.config.policy import Policy

_RULES: Final = frozenset(rule.slug for rule in Rule)
_SEVERITIES: Final = frozenset(severity.word for severity in Severity)


def plain_config(settings: Mapping[str, Any]) -> Config | None:
    """Return *settings*, or `None` if the schema has to read them."""
    values: dict[str, Any] = {}
    try:
        for key, value in settings.items():
            read = _READERS.get(key)
            if read is None:
                return None
            values[key.replace("-", "_")] = read(value)
    except (UnusualValueError, ImagelockError):
        return None
    return Config(**values, platforms_are_declared="platforms" in settings)


def _rules(value: object) -> list[str]:
    return [_rule(name) for name in items(text)(value)]


def _platforms(value: object) -> list[str]:
    names = [str(Platform.parse(name)) for name in items(text)(value)]
    if not names:
        raise UnusualValueError
    return names


def _checked(check: Callable[[str], str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        try:
            return check(text(value))
        except ValueError:
            raise UnusualValueError from None

    return read


def _policy(value: object) -> Policy:
    from imagelock.config.plain_policy import plain_policy  # many have none

    return plain_policy(value)


def _update(value: object) -> UpdateSettings:
    groups = _fields(value, _UPDATE, ()).get("group", [])
    try:
        check_different([group.name for group in groups])
    except ValueError:
        raise UnusualValueError from None
    return UpdateSettings(tuple(groups))


def _group(value: object) -> UpdateGroup:
    fields = _fields(value, _GROUP, ("name", "images"))
    if not fields["images"]:
        raise UnusualValueError
    return UpdateGroup(fields["name"], tuple(fields["images"]))


def _fields(
    value: object,
    readers: Mapping[str, Callable[[object], Any]],
    required: tuple[str, ...],
) -> dict[str, Any]:
    """Return the table *value*, of which *readers* know every key."""
    if not isinstance(value, dict) or not set(required) <= value.keys():
        raise UnusualValueError
    if not value.keys() <= readers.keys():
        raise UnusualValueError
    return {name: readers[name](content) for name, content in value.items()}


def _limit(value: object) -> int:
    if type(value) is not int or value < 1:
        raise UnusualValueError
    return value


_rule: Final = among(_RULES)
_checked_items: Final = items(_checked(check_item))
_REQUEST: Final = {
    "title": _checked(check_title),
    "labels": _checked_items,
    "reviewers": _checked_items,
}
_GROUP: Final = {
    **_REQUEST,
    "name": _checked(check_group_name),
    "images": items(_checked(check_wanted)),
}
_UPDATE: Final = {**_REQUEST, "limit": _limit, "group": items(_group)}
_READERS: Final[dict[str, Callable[[object], object]]] = {
    "platforms": _platforms,
    "include": items(text),
    "exclude": items(text),
    "ignore": _rules,
    "ignore-paths": table(text, _rules),
    "rules": table(_rule, among(_SEVERITIES)),
    "embedded": switch,
    "guesses": switch,
    "charts": switch,
    "vendored": switch,
    "variables": table(text, text),
    "policy": _policy,
    "update": _update,
}
