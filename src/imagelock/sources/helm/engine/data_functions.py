"""Functions of templates that choose, compare, and handle tables and lists.

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
    integer,
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
    """`typeOf`, for texts, booleans and numbers."""
    if isinstance(values[0], Written | bool | Number):
        return kind_of(values)
    return NOT_COVERED


def type_is(values: Sequence[Value]) -> Value:
    """`typeIs`."""
    return equal([values[0], type_of(values[1:])])


def contains(values: Sequence[Value]) -> Value:
    """`contains`: whether the first text is in the second."""
    inner, outer = map(plain_text, values)
    return NOT_COVERED if inner is None or outer is None else inner in outer


def has_prefix(values: Sequence[Value]) -> Value:
    """`hasPrefix`."""
    prefix, text = map(plain_text, values)
    return NOT_COVERED if prefix is None or text is None else text.startswith(prefix)


def has_suffix(values: Sequence[Value]) -> Value:
    """`hasSuffix`."""
    suffix, text = map(plain_text, values)
    return NOT_COVERED if suffix is None or text is None else text.endswith(suffix)


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
        if not isinstance(other, Table):
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
    return _copy(values[0])


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


DATA_FUNCTIONS: Final[dict[str, tuple[int, Callable[[Sequence[Value]], Value]]]] = {
    "and": (1, and_),
    "append": (2, append),
    "coalesce": (1, coalesce),
    "concat": (1, concat),
    "contains": (2, contains),
    "deepCopy": (1, copy),
    "default": (1, default),
    "dict": (0, table),
    "dig": (3, dig),
    "empty": (1, empty),
    "eq": (2, equal),
    "first": (1, first),
    "get": (2, get),
    "has": (2, has),
    "hasKey": (2, has_key),
    "hasPrefix": (2, has_prefix),
    "hasSuffix": (2, has_suffix),
    "index": (1, index),
    "int": (1, whole_number),
    "int64": (1, whole_number),
    "keys": (1, keys),
    "kindIs": (2, kind_is),
    "kindOf": (1, kind_of),
    "last": (1, last),
    "len": (1, length),
    "list": (0, list_),
    "merge": (1, merge),
    "mergeOverwrite": (1, merge_overwrite),
    "ne": (2, not_equal),
    "not": (1, not_),
    "omit": (1, omit),
    "or": (1, or_),
    "pick": (1, pick),
    "required": (2, required),
    "set": (3, set_),
    "ternary": (3, ternary),
    "tuple": (0, list_),
    "typeIs": (2, type_is),
    "typeOf": (1, type_of),
    "unset": (2, unset),
}
"""By name, with the least number of arguments."""
