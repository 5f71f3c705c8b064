"""Sets of attributes in Nix, with the names around each value.

https://nix.dev/manual/nix/stable/language/syntax (attribute sets)
https://nix.dev/manual/nix/stable/language/string-literals
"""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.dataclass import dataclass, field
from imagelock.syntax.code_groups import Argument, CodeGroup, is_mark
from imagelock.syntax.code_tokens import CodeToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DEEPEST: Final = 3
"""How many texts are read within the `${…}` of each other."""


def _inner(depth: int) -> str:
    """Return a pattern of what is between the brackets of `${…}`."""
    text = r"\"(?:[^\"\\$]|\\.|\$(?!\{))*+\""
    if depth:
        text = rf"\"(?:[^\"\\$]|\\.|\$(?!\{{)|\$\{{{_inner(depth - 1)}\}})*+\""
    return rf"(?:[^{{}}\"]|{text}|\{{(?:[^{{}}\"]|{text})*+\}})*+"


_ANTIQUOTE: Final = rf"\$\{{{_inner(_DEEPEST)}\}}"
_LANGUAGE: Final = re.compile(
    r"(?P<comment>#[^\n]*+|/\*.*?(?:\*/|\Z))"
    r"|(?P<triple>'')(?P<long>(?:[^']|'(?!')|''(?:['$]|\\.))*+)(?:''|(?P<endless>\Z))"
    rf'|"(?P<double>(?:[^"\\$]|\\.|\$(?!\{{)|{_ANTIQUOTE})*+)(?:"|(?P<open_double>.*))'
    r"|(?P<single>(?!))(?P<open_single>(?!))"
    r"|(?P<word>[A-Za-z_][\w'-]*+)|(?P<mark>\S)",
    re.DOTALL,
)
_ENDS: Final = frozenset({";", ":", ","})
_LONGEST_VALUE: Final = 50
"""Items of a value of which more is not read: it is no text."""

_MOST_NAMES: Final = 12
"""Around a value."""

_PULL: Final = "pullImage"
_NOT_ALONE: Final = frozenset("=!<>")

ANY: Final = "${}"
"""A name that is computed."""


class Attribute(NamedTuple):
    """A value with the names around it, from the outermost that is kept."""

    path: tuple[str, ...]
    value: Argument


def nix_tokens(source: str) -> tuple[list[CodeToken], int | None]:
    """Return the tokens of *source*, and where a text begins that does not end."""
    tokens: list[CodeToken] = []
    for match in _LANGUAGE.finditer(source):
        if match["open_double"] is not None or match["endless"] is not None:
            return tokens, match.start()
        kind = match.lastgroup or ""
        if kind in {"word", "mark"}:
            tokens.append(CodeToken(match[kind], match.start(), match.end()))
        elif kind in {"long", "double"}:
            start, end = match.span(kind)
            quote = source[match.start() : start]
            tokens.append(CodeToken(match[kind], start, end, is_text=True, quote=quote))
    return tokens, None


def attributes(program: Iterable[CodeGroup]) -> Iterator[Attribute]:
    """Yield each attribute in the brackets of *program*, whose order is that of the text."""
    around: dict[int, tuple[str, ...]] = {}
    for group in program:
        outer = around.get(id(group), ())
        names = _Names()
        for at, item in enumerate(group.items):
            if isinstance(item, CodeGroup):
                around[id(item)] = (*outer, *names.current)[-_MOST_NAMES:]
            elif _assigns(group, at):
                names.current = _names_before(group, at)
                behind = islice(group.items, at + 1, at + 1 + _LONGEST_VALUE)
                items = list(takewhile(_goes_on, behind))
                if names.current and items:
                    path = (*outer, *names.current)[-_MOST_NAMES:]
                    yield Attribute(path, Argument(path[-1], items))
            elif not item.is_text:
                names.read(item.text)


@dataclass(slots=True)
class _Names:
    """The names of the attribute whose value is being read."""

    current: tuple[str, ...] = ()
    _around_let: list[tuple[str, ...]] = field(default_factory=list)
    _is_with: bool = False

    def read(self, text: str) -> None:
        """Read a word or a mark of a value."""
        if text == "let":
            self._around_let.append(self.current)
            self.current = ()
        elif text == "in":
            self.current = self._around_let.pop() if self._around_let else ()
        elif text in {"with", "assert"}:
            self._is_with = True
        elif text == ";" and self._is_with:
            self._is_with = False
        elif text in _ENDS:
            self.current = ()


def is_pulled(group: CodeGroup) -> bool:
    """Return whether *group* is the argument of `pullImage`."""
    if group.parent is None or group.text != "{":
        return False
    at = group.index - 1
    at -= is_mark(group.parent.item(at), "rec")
    return is_mark(group.parent.item(at), _PULL)


def _goes_on(item: CodeToken) -> bool:
    return not is_mark(item, ";")


def _assigns(group: CodeGroup, at: int) -> bool:
    """Return whether the item *at* is the `=` of an attribute."""
    if not is_mark(group.items[at], "="):
        return False
    before, behind = group.item(at - 1), group.item(at + 1)
    is_compared = (
        before is not None and not before.is_text and before.text in _NOT_ALONE
    )
    return not is_compared and not is_mark(behind, "=")


def _names_before(group: CodeGroup, at: int) -> tuple[str, ...]:
    """Return the names `a."b".c` before the item *at*."""
    names: list[str] = []
    while at > 0:
        item = group.items[at - 1]
        at -= 1
        if isinstance(item, CodeGroup):
            if not is_mark(group.item(at - 1), "$"):
                return ()
            at -= 1
            names.append(ANY)
        elif item.is_text:
            names.append(ANY if "$" in item.text else item.text)
        elif item.text[0].isalpha() or item.text[0] == "_":
            names.append(item.text)
        else:
            return ()
        if not is_mark(group.item(at - 1), "."):
            break
        at -= 1
    return tuple(reversed(names))
