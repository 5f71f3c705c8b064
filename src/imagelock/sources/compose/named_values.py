"""Names with values in a build: its `args` and its `additional_contexts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Skipped
from imagelock.sources.compose.value import ComposeValue
from imagelock.sources.compose.values import value_at
from imagelock.syntax.interpolation import Interpolation, Lookup
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.yaml_json.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue:
    """`name: value` of a mapping, or `name=value` of a list.

    The value is the text of `value` from the index `start`. A `Skipped` is a value
    that is not known, and `None` an empty one. `bare` is the scalar of a name without
    a value.
    """

    name: str
    use: str
    value: ComposeValue | Skipped | None = None
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


def named_values(
    file: ComposeFile, node: Node | None, use: str
) -> Iterator[NamedValue]:
    """Yield the names of *node* with their values, in either form of Compose."""
    if isinstance(node, Mapping):
        file.budget.charge(100 * len(node.items))
        keys = {key.value: key for key, _ in node.pairs}
        for name, item in node.items.items():
            item_use = f"{use}.{name}"
            bare = keys.get(name) if isinstance(item, Scalar) and item.null else None
            value = _as_text(file, item) or value_at(file, item, item_use)
            yield NamedValue(name=name, use=item_use, value=value, bare=bare)
    elif isinstance(node, Sequence):
        file.budget.charge(100 * len(node.items))
        for number, item in enumerate(node.items):
            if isinstance(item, Scalar):
                yield from _of_item(file, item, f"{use}[{number}]")


def with_outer_value(file: ComposeFile, entry: NamedValue) -> NamedValue:
    """Return *entry*, with the value of the variable of its name if it is bare."""
    outer = file.variables.get(entry.name)
    if entry.bare is None or outer is None:
        return entry
    lookup = Lookup(entry.name, 0, len(entry.bare.value), unset=False)
    return replace(entry, value=_replaced(file, entry.bare, outer, lookup), bare=None)


def _as_text(file: ComposeFile, node: Node) -> ComposeValue | None:
    """Return the number *node* as a text, if Compose writes it in another way."""
    if not isinstance(node, Scalar) or not node.value[:1].isdigit():
        return None
    from imagelock.sources.shared.plain_numbers import go_text  # few are numbers

    text = go_text(file.text, node)
    if text is None or text == node.value:
        return None
    return _replaced(file, node, text)


def _replaced(
    file: ComposeFile, scalar: Scalar, text: str, *lookups: Lookup
) -> ComposeValue:
    """Return *text* as the value that *scalar* as a whole stands for."""
    size = len(scalar.value)
    spelling = OffsetMap([0] * len(text), [size] * len(text), 0, size)
    meaning = Interpolation(text, lookups, spelling, [-1] * len(text))
    return ComposeValue(file, scalar, meaning, map_offsets(file.text.value, scalar))


def _of_item(file: ComposeFile, item: Scalar, use: str) -> Iterator[NamedValue]:
    value = value_at(file, item, use)
    if isinstance(value, Skipped):
        yield NamedValue(name=item.value.partition("=")[0], use=use, value=value)
    elif value is not None:
        name, separator, _ = value.text.partition("=")
        if separator:
            start = len(name) + 1
            yield NamedValue(name=name, use=use, value=value, start=start)
        else:
            yield NamedValue(name=name, use=use, bare=item)
