"""The tree of a YAML or JSON document, with the position of every node.

Nodes are never changed once they are built. The classes are not frozen all the
same: Python creates frozen instances four times as slowly, and a file can have a
million nodes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar. `start` and `end` are character offsets of its *content* in the text.

    Quotes, anchors, tags and the indicator of a block scalar are outside; for a
    block scalar it is the range from the first to the last content character.
    `value` has escapes and folding resolved, so it is not always the text of that
    range. `null` is whether a plain scalar is null: empty, `~`, `null`, or `!reset`
    of Compose. `tag` is a local tag, such as `!reset` itself.
    """

    value: str
    start: int
    end: int
    null: bool = False
    block: bool = False
    tag: str | None = None


@dataclass(slots=True, eq=False)
class Sequence:
    """A list. `start` and `end` are character offsets of the whole.

    `tag` is a local tag such as `!reference`.
    """

    items: tuple[Node, ...]
    start: int
    end: int
    tag: str | None = None


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping. `pairs` are all keys with their values, in the order of the text.

    A key that is not a scalar is represented by a scalar with an empty value. An
    alias is the node of its anchor itself. `tag` is a local tag such as `!reset`.
    `start` and `end` are character offsets of the whole.
    """

    pairs: tuple[tuple[Scalar, Node], ...]
    start: int
    end: int
    tag: str | None = None
    items: dict[str, Node] = field(init=False, repr=False)
    """Each key once with the value that counts, merge keys (`<<`) resolved.

    Direct keys override merged keys, the last of duplicate keys overrides the
    others, and the first of several merged mappings overrides the others (YAML
    merge key type).
    """
    duplicate_keys: frozenset[str] = field(init=False, repr=False)
    """The keys that occur more than once, except `<<`."""

    def __post_init__(self) -> None:
        items = {key.value: value for key, value in self.pairs}
        # For each value in it, and once: a file can repeat a key ten thousand times.
        is_distinct = len(items) == len(self.pairs)
        self.duplicate_keys = frozenset() if is_distinct else _duplicates(self.pairs)
        if items.pop("<<", None) is not None:
            for key, value in self.pairs:
                if key.value == "<<":
                    _merge(value, items)
        self.items = items

    def get(self, key: str) -> Node | None:
        """Return the value of *key* that counts, if it has one."""
        return self.items.get(key)


Node = Scalar | Sequence | Mapping


def _duplicates(pairs: Iterable[tuple[Scalar, Node]]) -> frozenset[str]:
    counts = Counter(key.value for key, _ in pairs if key.value != "<<")
    return frozenset(name for name, count in counts.items() if count > 1)


def _merge(node: Node, into: dict[str, Node]) -> None:
    """Add the keys of *node*, a mapping or a list of mappings, that *into* lacks."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    # A mapping that occurs a thousand times in a list is merged once.
    for mapping in {id(n): n for n in nodes if isinstance(n, Mapping)}.values():
        for key, value in mapping.items.items():
            into.setdefault(key, value)
