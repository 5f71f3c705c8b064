"""Functions of templates that handle tables and lists.

As in `choice_functions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.choice_functions import NOT_COVERED, equal
from imagelock.sources.helm.engine.data import plain_text
from imagelock.sources.helm.engine.values import (
    Number,
    Table,
    Value,
    Written,
    integer,
    is_small,
    is_true,
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


def list_(values: Sequence[Value]) -> Value:
    """`list`, `tuple`."""
    return list(values)


def get(values: Sequence[Value]) -> Value:
    """`get`: an empty text if the key is not there."""
    match values:
        case [Table() as items, Written() as key] if key.is_known:
            return items.get(key.text, written(""))
        case _:
            pass
    return NOT_COVERED


def has_key(values: Sequence[Value]) -> Value:
    """`hasKey`."""
    match values:
        case [Table() as items, Written() as key] if key.is_known:
            return key.text in items
        case _:
            pass
    return NOT_COVERED


def set_(values: Sequence[Value]) -> Value:
    """`set`, which changes its first argument."""
    match values:
        case [Table() as items, Written() as key, value] if key.is_known:
            if items.is_shared:
                items.poison(key.text, value)
            else:
                items[key.text] = value
            return items
        case _:
            pass
    return NOT_COVERED


def unset(values: Sequence[Value]) -> Value:
    """`unset`, which changes its first argument."""
    match values:
        case [Table() as items, Written() as key] if key.is_known:
            if items.is_shared and key.text in items:
                items.poison(key.text)
            else:
                items.pop(key.text, None)
            return items
        case _:
            pass
    return NOT_COVERED


def pick(values: Sequence[Value]) -> Value:
    """`pick`: a table with some of the keys."""
    keys = [plain_text(value) for value in values[1:]]
    if not isinstance(values[0], Table) or None in keys:
        return NOT_COVERED
    return Table((key, value) for key, value in values[0].items() if key in keys)


def omit(values: Sequence[Value]) -> Value:
    """`omit`: a table without some of the keys."""
    keys = [plain_text(value) for value in values[1:]]
    if not isinstance(values[0], Table) or None in keys:
        return NOT_COVERED
    return Table((key, value) for key, value in values[0].items() if key not in keys)


def merge(values: Sequence[Value]) -> Value:
    """`merge`: a key of an earlier table overrides those of later ones."""
    return _merge(values, overwrites=False)


def merge_overwrite(values: Sequence[Value]) -> Value:
    """`mergeOverwrite`: a key of a later table overrides those of earlier ones."""
    return _merge(values, overwrites=True)


def _merge(values: Sequence[Value], *, overwrites: bool) -> Value:
    first, *others = values
    if not isinstance(first, Table):
        return NOT_COVERED
    for other in others:
        if not isinstance(other, Table) or not (is_small(first) and is_small(other)):
            return NOT_COVERED
        _merge_into(first, other, overwrites=overwrites)
    return first


def _merge_into(into: Table, other: Table, *, overwrites: bool) -> None:
    """Merge as `mergo` does: in place, and an empty value is as none."""
    for key, value in other.items():
        present = into.get(key)
        if isinstance(present, Table) and isinstance(value, Table):
            _merge_into(present, value, overwrites=overwrites)
            continue
        is_empty, has_value = is_true(present) is False, is_true(value) is not False
        if is_true(present) is None or (overwrites and is_true(value) is None):
            into.poison(key, value)
        elif (overwrites and has_value) or is_empty:
            if into.is_shared:
                into.poison(key, value)
            else:
                into[key] = value


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


def first(values: Sequence[Value]) -> Value:
    """`first`."""
    match values:
        case [[item, *_]]:
            return item
        case _:
            pass
    return NOT_COVERED


def last(values: Sequence[Value]) -> Value:
    """`last`."""
    match values:
        case [[*_, item]]:
            return item
        case _:
            pass
    return NOT_COVERED


def append(values: Sequence[Value]) -> Value:
    """`append`."""
    match values:
        case [list() as items, item]:
            return [*items, item]
        case _:
            pass
    return NOT_COVERED


def concat(values: Sequence[Value]) -> Value:
    """`concat`."""
    items: list[Value] = []
    for value in values:
        if not isinstance(value, list):
            return NOT_COVERED
        items += value
    return items


def has(values: Sequence[Value]) -> Value:
    """`has`: whether the first value is in a list."""
    match values:
        case [item, list() as items]:
            return equal([item, *items]) if items else False
        case _:
            pass
    return NOT_COVERED


def length(values: Sequence[Value]) -> Value:
    """`len`."""
    match values:
        case [Table() | list() as items]:
            return integer(len(items))
        case [Written() as text] if text.is_known:
            return integer(len(text.text.encode("utf-8", "surrogatepass")))
        case _:
            pass
    return NOT_COVERED


def whole_number(values: Sequence[Value]) -> Value:
    """`int`, `int64`."""
    match values:
        case [Number() as number] if abs(number.value) < 2**53:
            return Number(int(number.value), str(int(number.value)), number.origins)
        case _:
            pass
    return NOT_COVERED


TABLE_FUNCTIONS: Final[dict[str, tuple[int, Callable[[Sequence[Value]], Value]]]] = {
    "append": (2, append),
    "concat": (1, concat),
    "deepCopy": (1, copy),
    "dict": (0, table),
    "dig": (3, dig),
    "first": (1, first),
    "get": (2, get),
    "has": (2, has),
    "hasKey": (2, has_key),
    "index": (1, index),
    "int": (1, whole_number),
    "int64": (1, whole_number),
    "keys": (1, keys),
    "last": (1, last),
    "len": (1, length),
    "list": (0, list_),
    "merge": (1, merge),
    "mergeOverwrite": (1, merge_overwrite),
    "omit": (1, omit),
    "pick": (1, pick),
    "set": (3, set_),
    "tuple": (0, list_),
    "unset": (2, unset),
}
"""By name, with the least number of arguments."""
