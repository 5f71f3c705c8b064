"""Functions of templates that choose and compare.

As in `text_functions`; `NOT_COVERED` is returned where `None` would be a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.data import plain_text
from imagelock.sources.helm.engine.values import (
    Number,
    Table,
    Unknown,
    Value,
    Written,
    is_true,
    unknown,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOT_COVERED: Final = Unknown()

_KINDS: Final = {
    Written: "string",
    bool: "bool",
    Table: "map",
    list: "slice",
    type(None): "invalid",
}


def default(values: Sequence[Value]) -> Value:
    """`default`: the last value, or the first if that is empty."""
    if len(values) == 1:
        return values[0]
    truth = is_true(values[1])
    if truth is None:
        return unknown(values)
    return values[1] if truth else values[0]


def coalesce(values: Sequence[Value]) -> Value:
    """`coalesce`, and `or` but for its last value."""
    for value in values:
        truth = is_true(value)
        if truth is None:
            return unknown(values)
        if truth:
            return value
    return None


def or_(values: Sequence[Value]) -> Value:
    """`or`: the first value that is true, or the last."""
    found = coalesce(values)
    return values[-1] if found is None else found


def and_(values: Sequence[Value]) -> Value:
    """`and`: the first value that is not true, or the last."""
    for value in values[:-1]:
        truth = is_true(value)
        if truth is None:
            is_false = any(is_true(other) is False for other in values)
            return False if is_false else unknown(values)
        if not truth:
            return value
    return values[-1]


def not_(values: Sequence[Value]) -> Value:
    """`not`."""
    truth = is_true(values[0])
    return unknown(values) if truth is None else not truth


def empty(values: Sequence[Value]) -> Value:
    """`empty`, which is `not` with another name."""
    return not_(values)


def ternary(values: Sequence[Value]) -> Value:
    """`ternary`: the first value if the last is true, or the second."""
    truth = is_true(values[2])
    if truth is None or not isinstance(values[2], bool):
        return unknown(values)
    return values[0] if truth else values[1]


def required(values: Sequence[Value]) -> Value:
    """`required`: the last value, which must not be empty."""
    value = values[1]
    return unknown(values) if value is None or value == written("") else value


def equal(values: Sequence[Value]) -> Value:
    """`eq`: whether the first value equals one of the others."""
    known = [_comparable(value) for value in values]
    kinds = {type(value) for value in known if value is not None}
    if NOT_COVERED in known or len(kinds) > 1:
        return unknown(values)
    return known[0] in known[1:]


def not_equal(values: Sequence[Value]) -> Value:
    """`ne`."""
    return not_([equal(values)])


def _comparable(value: Value) -> str | float | bool | Unknown | None:
    """Return *value* for a comparison with another of its type."""
    match value:
        case bool() | None:
            return value
        case Number():
            return value.value
        case Written() if value.is_known:
            return value.text
        case _:
            pass
    return NOT_COVERED


def kind_of(values: Sequence[Value]) -> Value:
    """`kindOf`."""
    value = values[0]
    if isinstance(value, Number):
        return written("float64" if isinstance(value.value, float) else "int")
    kind = next(
        (name for type_, name in _KINDS.items() if isinstance(value, type_)), ""
    )
    return written(kind) if kind else NOT_COVERED


def kind_is(values: Sequence[Value]) -> Value:
    """`kindIs`."""
    return equal([values[0], kind_of(values[1:])])


def type_of(values: Sequence[Value]) -> Value:
    """`typeOf`, as Go prints the type: `map[string]interface {}`."""
    match values[0]:
        case None:
            return written("<nil>")
        case Written() | bool() | Number():
            return kind_of(values)
        case list():
            return written("[]interface {}")
        case Table(is_root=False):
            return written("map[string]interface {}")
        case _:
            return NOT_COVERED


def type_is(values: Sequence[Value]) -> Value:
    """`typeIs`."""
    return equal([values[0], type_of(values[1:])])


def contains(values: Sequence[Value]) -> Value:
    """`contains`: whether the first text is in the second."""
    pair = _two_texts(values)
    return NOT_COVERED if pair is None else pair[0] in pair[1]


def has_prefix(values: Sequence[Value]) -> Value:
    """`hasPrefix`."""
    pair = _two_texts(values)
    return NOT_COVERED if pair is None else pair[1].startswith(pair[0])


def has_suffix(values: Sequence[Value]) -> Value:
    """`hasSuffix`."""
    pair = _two_texts(values)
    return NOT_COVERED if pair is None else pair[1].endswith(pair[0])


def _two_texts(values: Sequence[Value]) -> tuple[str, str] | None:
    """Return *values* as texts, if they are two that are known."""
    match [plain_text(value) for value in values]:
        case [str(first), str(second)]:
            return first, second
        case _:
            return None


CHOICE_FUNCTIONS: Final[dict[str, tuple[int, Callable[[Sequence[Value]], Value]]]] = {
    "and": (1, and_),
    "coalesce": (1, coalesce),
    "contains": (2, contains),
    "default": (1, default),
    "empty": (1, empty),
    "eq": (2, equal),
    "hasPrefix": (2, has_prefix),
    "hasSuffix": (2, has_suffix),
    "kindIs": (2, kind_is),
    "kindOf": (1, kind_of),
    "ne": (2, not_equal),
    "not": (1, not_),
    "or": (1, or_),
    "required": (2, required),
    "ternary": (3, ternary),
    "typeIs": (2, type_is),
    "typeOf": (1, type_of),
}
"""By name, with the least number of arguments."""
