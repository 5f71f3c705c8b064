"""The structure of a YAML or JSON document, with the place of everything in it.

Nobody changes a node once it is made. The classes are not frozen all the same:
Python makes a frozen instance four times as slowly, and a file has a million.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar. `start` and `end` are character offsets of its *content* in the text.

    Quotes, anchors, tags and the indicator of a block scalar are outside; for a
    block scalar it is the range from the first to the last content character.
    `value` is what it means, which for a double-quoted or folded scalar is not
    the text between the two. `null` is a plain scalar that means nothing: empty,
    `~`, `null`, or `!reset` by Compose.
    """

    value: str
    start: int
    end: int
    null: bool = False
    block: bool = False


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
    """A mapping. `pairs` are all that is written, in the order of the text.

    A key that is not a scalar stands as a scalar with an empty value. An alias
    is the very node that its anchor names. `tag` is a local tag such as
    `!reset`. `start` and `end` are character offsets of the whole.
    """

    pairs: tuple[tuple[Scalar, Node], ...]
    start: int
    end: int
    tag: str | None = None
    items: dict[str, Node] = field(init=False, repr=False)
    """Each key once with the value that counts, merge keys (`<<`) resolved.

    Own keys beat merged ones, the last of a doubled key beats the first, and of
    several merged mappings the first beats the rest (YAML merge key type).
    """

    def __post_init__(self) -> None:
        own = {key.value: value for key, value in self.pairs}
        if own.pop("<<", None) is not None:
            for key, value in self.pairs:
                if key.value == "<<":
                    _merge(value, own)
        self.items = own

    def get(self, key: str) -> Node | None:
        """Return the value of *key* that counts."""
        return self.items.get(key)

    def is_duplicate_key(self) -> frozenset[str]:
        """Return the keys that are written more than once, `<<` excepted."""
        if len(self.pairs) == len({key.value for key, _ in self.pairs}):
            return frozenset()
        counts = Counter(key.value for key, _ in self.pairs if key.value != "<<")
        return frozenset(name for name, count in counts.items() if count > 1)


Node = Scalar | Sequence | Mapping


def _merge(node: Node, into: dict[str, Node]) -> None:
    """Add what *node*, a mapping or a list of mappings, has and *into* lacks."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    # The same mapping a thousand times in one list merges once.
    for mapping in {id(n): n for n in nodes if isinstance(n, Mapping)}.values():
        for key, value in mapping.items.items():
            into.setdefault(key, value)
