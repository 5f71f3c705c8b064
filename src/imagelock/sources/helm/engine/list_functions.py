"""Functions of templates that handle lists.

As in `choice_functions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.choice_functions import NOT_COVERED, equal
from imagelock.sources.helm.engine.data import plain_text
from imagelock.sources.helm.engine.values import Value, is_true

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def list_(values: Sequence[Value]) -> Value:
    """`list`, `tuple`."""
    return list(values)


def first(values: Sequence[Value]) -> Value:
    """`first`."""
    return values[0][0] if isinstance(values[0], list) and values[0] else NOT_COVERED


def last(values: Sequence[Value]) -> Value:
    """`last`."""
    return values[0][-1] if isinstance(values[0], list) and values[0] else NOT_COVERED


def append(values: Sequence[Value]) -> Value:
    """`append`."""
    items, item = values[:2]
    return [*items, item] if isinstance(items, list) else NOT_COVERED


def prepend(values: Sequence[Value]) -> Value:
    """`prepend`."""
    items, item = values[:2]
    return [item, *items] if isinstance(items, list) else NOT_COVERED


def concat(values: Sequence[Value]) -> Value:
    """`concat`."""
    items: list[Value] = []
    for value in values:
        if not isinstance(value, list):
            return NOT_COVERED
        items += value
    return items


def compact(values: Sequence[Value]) -> Value:
    """`compact`: a list without what is empty."""
    items = values[0]
    if not isinstance(items, list):
        return NOT_COVERED
    truths = [is_true(item) for item in items]
    if None in truths:
        return NOT_COVERED
    return [item for item, truth in zip(items, truths, strict=True) if truth]


def has(values: Sequence[Value]) -> Value:
    """`has`: whether the first value is in a list."""
    item, items = values[:2]
    if not isinstance(items, list):
        return NOT_COVERED
    return equal([item, *items]) if items else False


def unique(values: Sequence[Value]) -> Value:
    """`uniq`, of texts."""
    items = values[0]
    texts = [plain_text(item) for item in items] if isinstance(items, list) else [None]
    if None in texts or not isinstance(items, list):
        return NOT_COVERED
    found: dict[str | None, Value] = {}
    for text, item in zip(texts, items, strict=True):
        found.setdefault(text, item)
    return list(found.values())


def without(values: Sequence[Value]) -> Value:
    """`without`: a list of texts without those that follow it."""
    items, *others = values
    unwanted = [plain_text(other) for other in others]
    texts = [plain_text(item) for item in items] if isinstance(items, list) else [None]
    if None in (*texts, *unwanted) or not isinstance(items, list):
        return NOT_COVERED
    return [i for i, text in zip(items, texts, strict=True) if text not in unwanted]


LIST_FUNCTIONS: Final[dict[str, tuple[int, Callable[[Sequence[Value]], Value]]]] = {
    "append": (2, append),
    "compact": (1, compact),
    "concat": (1, concat),
    "first": (1, first),
    "has": (2, has),
    "last": (1, last),
    "list": (0, list_),
    "prepend": (2, prepend),
    "tuple": (0, list_),
    "uniq": (1, unique),
    "without": (1, without),
}
"""By name, with the least number of arguments."""
