"""Names with values in a Compose file: the `args` of a build, and its contexts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagelock.model.occurrence import Skipped
from imagelock.sources.compose.value import Value
from imagelock.sources.compose.values import read
from imagelock.syntax.interpolation import Interpolation, Lookup
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.yaml_json.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name with a value: `name: value` of a mapping, or `name=value` of a list.

    The part of *value* from the index *start* on counts. A `Skipped` stands for
    a value that is not known, `None` for an empty one. *bare* is what is written
    where there is a name alone.
    """

    name: str
    use: str
    value: Value | Skipped | None = None
    start: int = 0
    bare: Scalar | None = None

    @property
    def text(self) -> str | None:
        """The value, if it is known."""
        if self.value is None:
            return None if self.bare else ""
        if isinstance(self.value, Skipped) or self.value.meaning.unset:
            return None
        return self.value.text[self.start :]


def entries(file: ComposeFile, node: Node | None, use: str) -> Iterator[Entry]:
    """Yield what *node* gives names to, in either form that Compose knows."""
    if isinstance(node, Mapping):
        file.budget.spend(100 * len(node.items))
        keys = {key.value: key for key, _ in node.pairs}
        for name, item in node.items.items():
            where = f"{use}.{name}"
            bare = keys.get(name) if isinstance(item, Scalar) and item.null else None
            value = read(file, item, where)
            yield Entry(name=name, use=where, value=value, bare=bare)
    elif isinstance(node, Sequence):
        file.budget.spend(100 * len(node.items))
        for number, item in enumerate(node.items):
            if isinstance(item, Scalar):
                yield from _of_list(file, item, f"{use}[{number}]")


def passed_on(file: ComposeFile, entry: Entry) -> Entry:
    """Return *entry* with the value of the variable of its name if it has none."""
    outside = file.variables.get(entry.name)
    if entry.bare is None or outside is None:
        return entry
    scalar, size = entry.bare, len(entry.bare.value)
    spelling = OffsetMap([0] * len(outside), [size] * len(outside), 0, size)
    lookup = Lookup(entry.name, 0, size, unset=False)
    meaning = Interpolation(outside, (lookup,), spelling, [-1] * len(outside))
    value = Value(file, scalar, meaning, map_offsets(file.text.value, scalar))
    return replace(entry, value=value, bare=None)


def _of_list(file: ComposeFile, item: Scalar, use: str) -> Iterator[Entry]:
    value = read(file, item, use)
    if isinstance(value, Skipped):
        yield Entry(name=item.value.partition("=")[0], use=use, value=value)
    elif value is not None:
        name, separator, _ = value.text.partition("=")
        if separator:
            start = len(name) + 1
            yield Entry(name=name, use=use, value=value, start=start)
        else:
            yield Entry(name=name, use=use, bare=item)
