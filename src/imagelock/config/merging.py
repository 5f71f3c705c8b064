"""Settings merged from several places, and the place of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Key = tuple[str, ...]
    """The path of a setting: `("registries", "ghcr.io", "mirror")`."""

_ADDED: Final = frozenset({("match",), ("policy", "accept"), ("policy", "deny")})
"""Lists of which every entry counts, wherever it is written."""


@dataclass(frozen=True, slots=True)
class MergedSettings:
    """Settings as one table, and the names of the places that each value is from."""

    table: dict[str, Any] = field(default_factory=dict)
    origins: dict[Key, tuple[str, ...]] = field(default_factory=dict)

    def add(self, name: str, table: Mapping[str, Any]) -> None:
        """Add the *table* of the place *name*, which takes precedence.

        Tables are merged key by key, entries of `match` are added, and any other
        value replaces the earlier one.
        """
        self._add(name, (), table, self.table)

    def add_defaults(self, table: Mapping[str, Any]) -> None:
        """Add the values in *table* for keys that are not set; they have no place."""
        for key, value in table.items():
            if key not in self.table:
                self.table[key] = value
                self.origins[key,] = ()

    def values(self) -> Iterator[tuple[Key, object, tuple[str, ...]]]:
        """Yield each setting with its value and the names of its places, sorted."""
        for key, names in sorted(self.origins.items()):
            value: Any = self.table
            for step in key:
                value = value[step]
            yield key, value, names

    def _add(
        self, name: str, above: Key, table: Mapping[str, Any], merged: dict[str, Any]
    ) -> None:
        for step, value in table.items():
            key = (*above, step)
            if isinstance(value, dict):
                self._add(name, key, value, merged.setdefault(step, {}))
            elif key in _ADDED:
                merged[step] = [*merged.get(step, ()), *value]
                self.origins[key] = (*self.origins.get(key, ()), name)
            else:
                merged[step] = value
                self.origins[key] = (name,)
