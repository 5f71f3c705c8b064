"""Settings in a build script of Gradle, by what they are in.

jib.from.image = 'a'            jib { from { image = 'a' } }
tasks.named("bootBuildImage") { builder.set("a") }
dockerfile { baseImage("a") }   dockerfile { baseImage 'a' }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.code_groups import (
    Argument,
    CodeGroup,
    is_mark,
    is_word,
    line_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from imagelock.syntax.code_tokens import CodeToken

_FARTHEST: Final = 20
"""Items before a block that can say whose it is: `tasks.named<Task>("name") {`."""

_DEEPEST: Final = 20
"""Blocks around a setting that can say whose it is."""

_HEADER: Final = frozenset(".<>,")


@dataclass(frozen=True, slots=True)
class SettingPlace:
    """What a setting is in: a block with a name of `owner`, in one of `outer`.

    Without `outer`, the owner can be anywhere.
    """

    owner: frozenset[str]
    outer: frozenset[str] = frozenset()

    def is_met(self, around: list[AbstractSet[str]]) -> bool:
        """Return whether a setting is there; *around* are the names, innermost first."""
        if not around or not around[0] & self.owner:
            return False
        return not self.outer or any(names & self.outer for names in around[1:])


def settings(
    group: CodeGroup, source: str, names: Mapping[str, tuple[SettingPlace, ...]]
) -> Iterator[tuple[str, SettingPlace, Argument]]:
    """Yield the settings directly in *group* whose name is one of *names*, and places.

    Each has its name, where it is, and its value.
    """
    blocks: list[AbstractSet[str]] | None = None
    for at, item in enumerate(group.items):
        if item.is_text or item.text not in names:
            continue
        value = _value(group, at, source)
        if not value:
            continue
        if blocks is None:
            blocks = list(_blocks(group, source))
        around = [*_before(group, at), *blocks]
        place = next((p for p in names[item.text] if p.is_met(around)), None)
        if place is not None:
            yield item.text, place, Argument("", value)


def _value(group: CodeGroup, at: int, source: str) -> list[CodeToken]:
    """Return what the word *at* is set to; nothing if it is not set there."""
    behind, following = group.item(at + 1), group.item(at + 2)
    if is_mark(behind, "=") and not is_mark(following, "="):
        return line_arguments(group.items, at + 2, source)
    if is_mark(behind, ".") and is_mark(following, "set"):
        behind = group.item(at + 3)
    if isinstance(behind, CodeGroup) and behind.text == "(":
        return behind.items
    if behind is not None and behind.is_text:
        return line_arguments(group.items, at + 1, source)
    return []


def _before(group: CodeGroup, at: int) -> Iterator[AbstractSet[str]]:
    """Yield the names before the word *at*: `from` and `jib` in `jib.from.image`."""
    while is_mark(group.item(at - 1), ".") and at > 1 and is_word(group.items[at - 2]):
        at -= 2
        yield frozenset({group.items[at].text})


def _blocks(group: CodeGroup, source: str) -> Iterator[AbstractSet[str]]:
    """Yield the names of each block around what is in *group*, innermost first."""
    current: CodeGroup | None = group
    for _ in range(_DEEPEST):
        if current is None or current.parent is None:
            return
        if current.text == "{":
            yield from _header(current, current.parent, source)
        current = current.parent


def _header(
    block: CodeGroup, parent: CodeGroup, source: str
) -> Iterator[AbstractSet[str]]:
    """Yield the names in what opens *block*, each word of `a.b {` by itself."""
    last = block.index - 1
    item = parent.item(last) if last >= 0 else None
    if item is not None and is_word(item):
        yield frozenset({item.text})
        yield from _before(parent, last)
        return
    names: set[str] = set()
    following: CodeToken = block
    for at in range(last, max(-1, last - _FARTHEST), -1):
        item = parent.items[at]
        if "\n" in source[item.end : following.start]:
            break
        if isinstance(item, CodeGroup):
            names.update(each.text for each in item.items)
        elif item.text in _HEADER or is_word(item):
            names.add(item.text)
        else:
            break
        following = item
    yield frozenset(names)
