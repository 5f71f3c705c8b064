"""Programs as a tree of brackets, in which calls are found with their arguments.

Nothing is parsed further: what is between brackets is a list of tokens and of inner
brackets. That is the same in Groovy, Starlark, and every language with `name(…)`.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.syntax.code_tokens import CodeToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OPENING: Final = {")": "(", "]": "[", "}": "{"}
_LONGEST_NAME: Final = 8
"""Words of `a.b.c`."""

_LONGEST_CALL: Final = 200
"""Items of a call without brackets: such calls can be inside of each other."""


@dataclass(slots=True, eq=False)
class CodeGroup(CodeToken):
    """What is between two brackets, whose opening is `text`; all of a file without.

    `start` and `end` are the character offsets of the brackets. `index` is the place
    among the items of `parent`.
    """

    parent: CodeGroup | None = None
    index: int = 0
    items: list[CodeToken] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What is called or opened: the words right before the bracket, `a.b` in `a.b(`."""
        return self.parent.name_before(self.index) if self.parent else ""

    @property
    def is_definition(self) -> bool:
        """Whether it has the parameters of a function: `def name(…)`, `void name(…)`."""
        before = self.parent.item(self.index - 2) if self.parent else None
        return is_mark(before, "def") or is_mark(before, "void")

    def name_before(self, index: int) -> str:
        """Return the words right before the item at *index*, with their dots."""
        words: list[str] = []
        at = index - 1
        while at >= 0 and len(words) < _LONGEST_NAME and is_word(self.items[at]):
            words.append(self.items[at].text)
            if at == 0 or not is_mark(self.items[at - 1], "."):
                break
            at -= 2
        return ".".join(reversed(words))

    def item(self, index: int) -> CodeToken | None:
        """Return the item at *index*, if there is one."""
        return self.items[index] if 0 <= index < len(self.items) else None


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call: `name=value`, `name: value`, or a value without a name."""

    name: str
    items: list[CodeToken]

    @property
    def text(self) -> CodeToken | None:
        """The value, if it is nothing but a text."""
        is_single = len(self.items) == 1 and self.items[0].is_text
        return self.items[0] if is_single else None

    @property
    def extent(self) -> tuple[int, int]:
        """The range of characters of the value, with its quotes."""
        first, last = self.items[0], self.items[-1]
        return first.start - len(first.quote), last.end + len(last.quote)


def groups(tokens: Iterable[CodeToken]) -> list[CodeGroup]:
    """Return all of the file, and every bracket in it in the order of the text.

    Brackets that do not match are no error: a curly bracket closes all within it, and
    what closes nothing is left out.
    """
    current = CodeGroup("", 0, 0)
    found = [current]
    curly = 0
    for token in tokens:
        current.end = token.end
        mark = "" if token.is_text else token.text
        if mark in {"(", "[", "{"}:
            inner = CodeGroup(
                mark, token.start, token.end, parent=current, index=len(current.items)
            )
            current.items.append(inner)
            found.append(inner)
            current = inner
            curly += mark == "{"
        elif mark not in _OPENING:
            current.items.append(token)
        elif mark != "}" and current.text == _OPENING[mark]:
            current = _outside(current, token.end)
        elif mark == "}" and curly:
            curly -= 1
            while current.text != "{":
                current = _outside(current, token.start)
            current = _outside(current, token.end)
    while current.parent:
        current = _outside(current, current.end)
    return found


def _outside(group: CodeGroup, end: int) -> CodeGroup:
    outer = group.parent or group
    group.end = outer.end = end
    return outer


def arguments(items: list[CodeToken]) -> Iterator[Argument]:
    """Yield the arguments in *items*, which are those between the brackets of a call."""
    value: list[CodeToken] = []
    for item in [*items, CodeToken(",", 0, 0)]:
        if not is_mark(item, ","):
            value.append(item)
            continue
        if value:
            is_named = len(value) > 2 and is_word(value[0])  # noqa: PLR2004
            is_named = is_named and not value[1].is_text and value[1].text in {"=", ":"}
            is_named = is_named and not is_mark(value[2], "=")
            yield (
                Argument(value[0].text, value[2:]) if is_named else Argument("", value)
            )
        value = []


def line_arguments(items: list[CodeToken], start: int, source: str) -> list[CodeToken]:
    """Return the items from *start* on of a call without brackets.

    It ends with its line, unless a comma or a bracket leads on.
    """
    end = min(start + 1, len(items))
    while end < min(len(items), start + _LONGEST_CALL):
        before, item = items[end - 1], items[end]
        is_next_line = "\n" in source[before.end : item.start]
        if is_mark(item, ";") or (is_next_line and not is_mark(before, ",")):
            break
        end += 1
    return items[start:end]


def line_value(items: list[CodeToken], start: int, source: str) -> list[CodeToken]:
    """Return the items from *start* on of a value, which its line or a comma ends."""
    whole = line_arguments(items, start, source)
    return list(takewhile(lambda item: not is_mark(item, ","), whole))


def texts_among(items: list[CodeToken]) -> Iterator[CodeToken]:
    """Yield the texts in *items*, and in brackets among them."""
    for item in items:
        if item.is_text:
            yield item
        elif isinstance(item, CodeGroup):
            yield from (each for each in item.items if each.is_text)


def is_word(item: CodeToken) -> bool:
    """Return whether *item* is a name."""
    return not item.is_text and item.text.isidentifier()


def is_mark(item: CodeToken | None, text: str) -> bool:
    """Return whether *item* is the word or the mark *text*."""
    return item is not None and not item.is_text and item.text == text
