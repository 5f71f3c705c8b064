"""Functions of templates that handle tables and numbers.

As in `choice_functions`. Those that change a table are in `table_changes`.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.choice_functions import NOT_COVERED
from imagelock.sources.helm.engine.data import plain_text
from imagelock.sources.helm.engine.values import (
    Number,
    Table,
    Value,
    Written,
    integer,
    is_small,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def table(values: Sequence[Value]) -> Value:
    """`dict`."""
    keys = [plain_text(value) for value in values[::2]]
    if None in keys:
        return NOT_COVERED
    others = [*values[1::2], *([written("")] * (len(values) % 2))]
    return Table(zip(map(str, keys), others, strict=True))


def get(values: Sequence[Value]) -> Value:
    """`get`: an empty text if the key is not there."""
    items, key = values[0], plain_text(values[1])
    if not isinstance(items, Table) or key is None:
        return NOT_COVERED
    return items.get(key, written(""))


def has_key(values: Sequence[Value]) -> Value:
    """`hasKey`."""
    items, key = values[0], plain_text(values[1])
    return key in items if isinstance(items, Table) and key is not None else NOT_COVERED


def pick(values: Sequence[Value]) -> Value:
    """`pick`: a table with some of the keys."""
    return _only(values, is_kept=True)


def omit(values: Sequence[Value]) -> Value:
    """`omit`: a table without some of the keys."""
    return _only(values, is_kept=False)


def _only(values: Sequence[Value], *, is_kept: bool) -> Value:
    items, keys = values[0], [plain_text(value) for value in values[1:]]
    if not isinstance(items, Table) or None in keys:
        return NOT_COVERED
    return Table(item for item in items.items() if (item[0] in keys) is is_kept)


def copy(values: Sequence[Value]) -> Value:
    """`deepCopy`."""
    return _copy(values[0]) if is_small(values[0]) else NOT_COVERED


def _copy(value: Value) -> Value:
    if isinstance(value, Table):
        return Table((key, _copy(item)) for key, item in value.items())
    return [_copy(item) for item in value] if isinstance(value, list) else value


def keys(values: Sequence[Value]) -> Value:
    """`keys`."""
    if len(values) == 1 and isinstance(values[0], Table):
        return [written(key) for key in values[0]]
    return NOT_COVERED


def index(values: Sequence[Value]) -> Value:
    """`index`: an item of a list or table."""
    value = values[0]
    for step in values[1:]:
        match value, step:
            case Table(), Written() if step.is_known:
                value = value.get(step.text)
            case list(), Number(value=int(at)) if 0 <= at < len(value):
                value = value[at]
            case _:
                return NOT_COVERED
    return value


def dig(values: Sequence[Value]) -> Value:
    """`dig`: what is at a path of keys in a table, or a default."""
    *path, other, value = values
    for step in path:
        key = plain_text(step)
        if key is None or not isinstance(value, Table):
            return NOT_COVERED
        if key not in value:
            return other
        value = value[key]
    return value


def length(values: Sequence[Value]) -> Value:
    """`len`."""
    items = values[0]
    if isinstance(items, Table | list):
        return integer(len(items))
    text = plain_text(items)
    if text is None:
        return NOT_COVERED
    return integer(len(text.encode("utf-8", "surrogatepass")))


def whole_number(values: Sequence[Value]) -> Value:
    """`int`, `int64`."""
    number = values[0]
    if not isinstance(number, Number) or abs(number.value) >= 2**53:
        return NOT_COVERED
    return Number(int(number.value), str(int(number.value)), number.origins)


def compared(
    compare: Callable[[float, float], bool],
) -> Callable[[Sequence[Value]], Value]:
    """Return a function that compares two numbers, as `gt` does."""

    def function(values: Sequence[Value]) -> Value:
        match values:
            case [Number() as left, Number() as right]:
                return compare(left.value, right.value)
            case _:
                return NOT_COVERED

    return function


TABLE_FUNCTIONS: Final[dict[str, tuple[int, Callable[[Sequence[Value]], Value]]]] = {
    "deepCopy": (1, copy),
    "dict": (0, table),
    "dig": (3, dig),
    "ge": (2, compared(operator.ge)),
    "get": (2, get),
    "gt": (2, compared(operator.gt)),
    "hasKey": (2, has_key),
    "index": (1, index),
    "int": (1, whole_number),
    "int64": (1, whole_number),
    "keys": (1, keys),
    "le": (2, compared(operator.le)),
    "len": (1, length),
    "lt": (2, compared(operator.lt)),
    "omit": (1, omit),
    "pick": (1, pick),
}
"""By name, with the least number of arguments."""
