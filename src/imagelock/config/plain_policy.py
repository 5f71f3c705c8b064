"""Read `[policy]` of the usual form without the schema: see `plain_settings.py`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

from imagelock.config.duration import duration
from imagelock.config.plain_values import UnusualValueError, items, switch, text
from imagelock.config.policy import (
    MOVING_TAGS,
    NO_LIMIT,
    POLICY_RULES,
    Acceptance,
    Denial,
    PinLevel,
    Policy,
    TagLevel,
)
from imagelock.model.reference_pattern import ReferencePattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from imagelock.config.policy import ByPattern

_RULES: Final = {rule.slug: rule for rule in POLICY_RULES}
_EVERY: Final = "**"

_Value = TypeVar("_Value")


def plain_policy(value: object) -> Policy:
    """Return the policy in *value*, a table.

    Raises:
        UnusualValueError: the schema has to read it.
    """
    fields: dict[str, Any] = {}
    for key, content in _fields(value).items():
        reader = _READERS.get(key)
        if reader is None:
            raise UnusualValueError
        name, read = reader
        fields[name] = read(content)
    return Policy(**fields)


def _fields(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnusualValueError
    return value


def _tuple(
    read: Callable[[object], _Value],
) -> Callable[[object], tuple[_Value, ...]]:
    read_list = items(read)
    return lambda value: tuple(read_list(value))


def _pattern(value: object) -> ReferencePattern:
    try:
        return ReferencePattern.parse(text(value))
    except ValueError:
        raise UnusualValueError from None


def _time(value: object) -> timedelta:
    try:
        return duration(text(value))
    except ValueError:
        raise UnusualValueError from None


def _age(value: object) -> timedelta | None:
    return None if value == NO_LIMIT else _time(value)


def _label(value: object) -> str:
    if not value:
        raise UnusualValueError
    return text(value)


def _moving_tags(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return MOVING_TAGS if value else ()
    return _tuple(text)(value)


def _tag_level(value: object) -> TagLevel:
    try:
        return TagLevel(text(value))
    except ValueError:
        raise UnusualValueError from None


def _pin_level(value: object) -> PinLevel:
    try:
        return PinLevel(text(value))
    except ValueError:
        raise UnusualValueError from None


def _by_pattern(
    read: Callable[[object], _Value],
) -> Callable[[object], ByPattern[_Value]]:
    def read_table(value: object) -> ByPattern[_Value]:
        return tuple(
            (_pattern(name), read(content)) for name, content in _fields(value).items()
        )

    return read_table


def _for_all(read: Callable[[object], _Value]) -> Callable[[object], ByPattern[_Value]]:
    """Return what reads a table by pattern, or a value for all images."""
    read_table = _by_pattern(read)

    def read_either(value: object) -> ByPattern[_Value]:
        if isinstance(value, dict):
            return read_table(value)
        content = read(value)
        return read_table({_EVERY: value}) if content != () else ()

    return read_either


def _optional(fields: Mapping[str, object], key: str) -> date | None:
    value = fields.get(key)
    if key in fields and type(value) is not date:
        raise UnusualValueError
    return value if isinstance(value, date) else None


def _denial(value: object) -> Denial:
    fields = _fields(value)
    if not fields.keys() <= {"image", "reason", "since"}:
        raise UnusualValueError
    reason = text(fields.get("reason", ""))
    return Denial(_pattern(fields.get("image")), reason, _optional(fields, "since"))


def _acceptance(value: object) -> Acceptance:
    fields = _fields(value)
    rule = _RULES.get(text(fields.get("rule")))
    if rule is None or not fields.keys() <= {"rule", "image", "reason", "until"}:
        raise UnusualValueError
    return Acceptance(
        rule,
        _pattern(fields.get("image")),
        _label(fields.get("reason")),
        _optional(fields, "until"),
    )


_READERS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    "registries": ("registries", _tuple(_pattern)),
    "moving-tags": ("moving_tags", _moving_tags),
    "levels": ("levels", _by_pattern(_tag_level)),
    "pin": ("pins", _by_pattern(_pin_level)),
    "deny": ("denied", _tuple(_denial)),
    "look-alike": ("look_alike", switch),
    "end-of-life": ("end_of_life", switch),
    "end-of-life-soon": ("end_of_life_soon", _time),
    "max-lag": ("max_lag", _time),
    "max-age": ("max_age", _for_all(_age)),
    "bases": ("bases", _for_all(_tuple(_pattern))),
    "labels": ("labels", _for_all(_tuple(_label))),
    "accept": ("accepted", _tuple(_acceptance)),
}
"""The fields of a policy by the keys of the settings, and what reads them."""
