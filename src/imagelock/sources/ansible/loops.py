"""The values that an expression has in the loop of an Ansible task."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

_LOOPS: Final = ("loop", "with_items", "with_list")
_MOST_ITEMS: Final = 200
_ITEM: Final = re.compile(
    r"\{\{\s*+item(?:\.(?P<key>\w++)|\[[\"'](?P<index>\w++)[\"']\])?\s*+\}\}"
)


def in_loop(value: str, task: Node) -> Iterator[str]:
    """Yield what *value* is for each item of the loop of *task*; itself without one.

    `{{ item }}` and a key of it (`{{ item.name }}`) are known where the loop is a
    plain list. A value with another expression is none.
    """
    if "{{" not in value:
        yield value
        return
    for item in islice(_items(task), _MOST_ITEMS):
        meant = _ITEM.sub(partial(_part, item), value)
        if "{{" not in meant:
            yield meant


def _items(task: Node) -> Iterator[Node]:
    loops = map(task.get, _LOOPS) if isinstance(task, Mapping) else ()
    for loop in loops:
        if isinstance(loop, Sequence):
            yield from loop.items


def _part(item: Node, match: re.Match[str]) -> str:
    """Return the part of *item* that *match* means; the expression if it has none."""
    key = match["key"] or match["index"]
    part = scalar_at(item, key) if key else item
    return part.value.strip() if isinstance(part, Scalar) else match[0]
