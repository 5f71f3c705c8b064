"""Read settings of the usual form without the schema, which takes as long as a check.

What these functions do not take is read by the schema: every other key, and every value
that is wrong, which it explains. A property test compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.config.config import Config
from imagelock.errors import ImagelockError
from imagelock.model.finding import Rule, Severity
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    if not isinstance(value, list):
        raise _UnusualError
    return [_text(item) for item in value]


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


_rule: Final = _among(_RULES)
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
}
