"""Functions of templates that change texts, as far as images use them.

As in `format_functions`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.format_functions import joined
from imagelock.sources.helm.engine.values import (
    Number,
    Table,
    Value,
    Written,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = Written | None
_BLANKS: Final = " \t\r\n"
_SNAKE: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")


def trim(values: Sequence[Value]) -> Result:
    """`trim`."""
    return _stripped(values[-1], _BLANKS) if len(values) == 1 else None


def trim_all(values: Sequence[Value]) -> Result:
    """`trimAll`."""
    return _strip_given(values, left=True, right=True)


def trim_prefix(values: Sequence[Value]) -> Result:
    """`trimPrefix`."""
    match values:
        case [Written() as prefix, Written() as text] if text.is_known:
            start = len(prefix.text) if text.text.startswith(prefix.text) else 0
            return text.cut(start, len(text.text)) if prefix.is_known else None
        case _:
            pass
    return None


def trim_suffix(values: Sequence[Value]) -> Result:
    """`trimSuffix`."""
    match values:
        case [Written() as suffix, Written() as text] if text.is_known:
            end = len(text.text)
            if suffix.text and text.text.endswith(suffix.text):
                end -= len(suffix.text)
            return text.cut(0, end) if suffix.is_known else None
        case _:
            pass
    return None


def truncate(values: Sequence[Value]) -> Result:
    """`trunc`."""
    match values:
        case [Number(value=int(count)), Written() as text] if text.is_known:
            length = len(text.text)
            if count < 0:
                return text.cut(max(length + count, 0), length)
            return text.cut(0, count)
        case _:
            pass
    return None


def _strip_given(values: Sequence[Value], *, left: bool, right: bool) -> Result:
    match values:
        case [Written() as characters, Written() as text] if characters.is_known:
            return _stripped(text, characters.text, left=left, right=right)
        case _:
            pass
    return None


def _stripped(
    value: Value, characters: str, *, left: bool = True, right: bool = True
) -> Result:
    if not isinstance(value, Written):
        return None
    text = value.text
    start = len(text) - len(text.lstrip(characters)) if left else 0
    end = len(text.rstrip(characters)) if right else len(text)
    return value.cut(start, max(start, end))


def replace(values: Sequence[Value]) -> Result:
    """`replace`."""
    match values:
        case [Written() as old, Written() as new, Written() as text] if (
            old.is_known and new.is_known and text.is_known and old.text
        ):
            return text.derive(text.text.replace(old.text, new.text))
        case _:
            pass
    return None


def cased(change: Callable[[str], str]) -> Callable[[Sequence[Value]], Result]:
    """Return the function that changes the case of a text."""

    def function(values: Sequence[Value]) -> Result:
        match values:
            case [Written() as text] if text.is_known:
                return text.derive(change(text.text))
            case _:
                pass
        return None

    return function


def join(values: Sequence[Value]) -> Result:
    """`join`."""
    match values:
        case [Written() as separator, list() as items] if separator.is_known:
            parts: list[Written] = []
            for item in items:
                if isinstance(item, Table | list):
                    return None
                if item is None:
                    continue
                parts += [separator] if parts else []
                parts.append(shown(item))
            return joined(parts)
        case _:
            pass
    return None


def split_list(values: Sequence[Value]) -> Value:
    """`splitList`."""
    match values:
        case [Written() as separator, Written() as text] if (
            separator.text and separator.is_known and text.is_known
        ):
            items: list[Value] = []
            position = 0
            for part in text.text.split(separator.text):
                items.append(text.cut(position, position + len(part)))
                position += len(part) + len(separator.text)
            return items
        case _:
            pass
    return None


def split(values: Sequence[Value]) -> Value:
    """`split`, whose parts are `_0`, `_1` and so on."""
    items = split_list(values)
    if not isinstance(items, list):
        return None
    return Table((f"_{number}", item) for number, item in enumerate(items))


def camel_case(values: Sequence[Value]) -> Result:
    """`camelcase`, of words in lower case with `_` between them."""
    match values:
        case [Written() as text] if text.is_known and _SNAKE.fullmatch(text.text):
            return text.derive(text.text.title().replace("_", ""))
        case _:
            return None


TEXT_FUNCTIONS: Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "camelcase": camel_case,
    "join": join,
    "lower": cased(str.lower),
    "replace": replace,
    "split": split,
    "splitList": split_list,
    "trim": trim,
    "trimAll": trim_all,
    "trimPrefix": trim_prefix,
    "trimSuffix": trim_suffix,
    "trunc": truncate,
    "untitle": cased(lambda text: text[:1].lower() + text[1:]),
    "upper": cased(str.upper),
}
"""By name. Those that return `None` do not cover their arguments."""
