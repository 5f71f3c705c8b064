"""Settings merged from several places, and the place of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Key = tuple[str, ...]
    """The path of a setting: `("registries", "ghcr.io", "mirror")`."""

_ADDED: Final[Mapping[Key, str | None]] = {
    ("match",): None,
    ("policy", "accept"): None,
    ("policy", "deny"): None,
    ("scan", "accept"): None,
    ("update", "group"): "name",
}
"""Lists of which every entry counts, wherever it is written.

An entry replaces the earlier one with the same value of the key that is named here.
"""


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
                merged[step] = _joined(merged.get(step, ()), value, _ADDED[key])
                self.origins[key] = (*self.origins.get(key, ()), name)
            else:
                merged[step] = value
                self.origins[key] = (name,)


def _joined(
    earlier: Sequence[Any], entries: Sequence[Any], identity: str | None
) -> list[Any]:
    """Return *earlier* and *entries*, without what entries of the same name replace."""
    names = {entry[identity] for entry in entries} if identity else set()
    kept = [each for each in earlier if not identity or each[identity] not in names]
    return [*kept, *entries]
