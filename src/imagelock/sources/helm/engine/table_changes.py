"""Changes that templates make to tables, and the functions that make them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.sources.helm.engine.choice_functions import NOT_COVERED
from imagelock.sources.helm.engine.values import (
    Table,
    Unknown,
    Value,
    Written,
    is_small,
    is_true,
    origins_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ABSENT: Final = Unknown()
"""What a key is before it is in a table."""


@dataclass(slots=True)
class TableChanges:
    """Changes tables, and takes back what is done while `depth` is above 0."""

    depth: int = 0
    _log: list[tuple[Table, str, Value]] = field(default_factory=list)

    def put(self, table: Table, key: str, value: Value) -> None:
        """Make *value* that of *key*."""
        if self.depth:
            self._log.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def remove(self, table: Table, key: str) -> None:
        """Remove *key*, if it is there."""
        if key in table:
            self.put(table, key, None)
            del table[key]

    def blur(self, table: Table, key: str, *others: Value) -> None:
        """Make *key* unknown: it is as it was, or one of *others*."""
        self.put(table, key, Unknown(origins_of([table.get(key), *others])))

    @contextmanager
    def taken_back(self) -> Iterator[list[tuple[Table, str, Value]]]:
        """Undo what is done meanwhile; what the keys were by then is in the list."""
        changed: list[tuple[Table, str, Value]] = []
        start, depth = len(self._log), self.depth
        self.depth += 1
        try:
            yield changed
        finally:
            changed += self._take_back(start)
            self.depth = depth

    def _take_back(self, start: int) -> list[tuple[Table, str, Value]]:
        changed: dict[tuple[int, str], tuple[Table, str, Value]] = {}
        for table, key, before in reversed(self._log[start:]):
            changed.setdefault((id(table), key), (table, key, table.get(key)))
            if before is _ABSENT:
                table.pop(key, None)
            else:
                table[key] = before
        del self._log[start:]
        return list(changed.values())


def set_(values: Sequence[Value], changes: TableChanges) -> Value:
    """`set`."""
    match values:
        case [Table() as table, Written() as key, value] if key.is_known:
            changes.put(table, key.text, value)
            return table
        case _:
            return NOT_COVERED


def unset(values: Sequence[Value], changes: TableChanges) -> Value:
    """`unset`."""
    match values:
        case [Table() as table, Written() as key] if key.is_known:
            changes.remove(table, key.text)
            return table
        case _:
            return NOT_COVERED


def merge(values: Sequence[Value], changes: TableChanges) -> Value:
    """`merge`: a key of an earlier table overrides those of later ones."""
    return _merge(values, changes, overwrites=False)


def merge_overwrite(values: Sequence[Value], changes: TableChanges) -> Value:
    """`mergeOverwrite`: a key of a later table overrides those of earlier ones."""
    return _merge(values, changes, overwrites=True)


def _merge(
    values: Sequence[Value], changes: TableChanges, *, overwrites: bool
) -> Value:
    first, *others = values
    if not isinstance(first, Table):
        return NOT_COVERED
    for other in others:
        if not isinstance(other, Table) or not is_small(other):
            return NOT_COVERED
        _merge_into(first, other, changes, overwrites=overwrites)
    return first


def _merge_into(
    into: Table, other: Table, changes: TableChanges, *, overwrites: bool
) -> None:
    """Merge as `mergo` does: in place, and an empty value is as none."""
    for key, value in list(other.items()):
        present = into.get(key)
        if present is value:
            continue
        if isinstance(present, Table) and isinstance(value, Table):
            _merge_into(present, value, changes, overwrites=overwrites)
            continue
        is_empty, has_value = is_true(present) is False, is_true(value) is not False
        if is_true(present) is None or (overwrites and is_true(value) is None):
            changes.blur(into, key, value)
        elif (overwrites and has_value) or is_empty:
            changes.put(into, key, value)


CHANGING_FUNCTIONS: Final[
    dict[str, tuple[int, Callable[[Sequence[Value], TableChanges], Value]]]
] = {
    "merge": (1, merge),
    "mergeOverwrite": (1, merge_overwrite),
    "set": (3, set_),
    "unset": (2, unset),
}
"""By name, with the least number of arguments."""
