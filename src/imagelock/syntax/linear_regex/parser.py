"""Parse regular expressions: the syntax of RE2, as far as it is the same in Python.

https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.dataclass import dataclass, field
from imagelock.syntax.linear_regex.nodes import (
    Alternatives,
    Atom,
    Chain,
    Group,
    Node,
    PatternError,
    Repeat,
    compiled,
)

LONGEST: Final = 2000
"""Characters of a pattern."""
_DEEPEST: Final = 50
_MOST_TIMES: Final = 1000
_BOUNDS: Final = {
    "^": r"(?m:^)",
    "$": r"(?=\r?\n|\Z)",
    r"\A": r"\A",
    r"\z": r"\Z",
    r"\Z": r"\Z",
    r"\b": r"\b",
    r"\B": r"\B",
}
"""Places between characters, as Python writes them."""
_OPEN: Final = re.compile(r"\((?:\?(?:P?<(?P<name>[A-Za-z_]\w*+)>|:))?(?!\?)")
_FLAGS: Final = re.compile(r"\(\?(?P<flags>[ims]++)\)")
_CLASS: Final = re.compile(r"\[\^?+\]?+(?:\\.|[^\]\\])*+\]", re.DOTALL)
_TIMES: Final = re.compile(r"\{(?P<least>\d++)(?P<range>,(?P<most>\d*+))?\}")
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|[dDwWsSnrtfv]|[^\w\s])")


def parse(text: str) -> Node:
    """Parse *text*.

    Raises:
        PatternError: it is not of this syntax; the message says why.
    """
    if len(text) > LONGEST:
        raise PatternError(f"it has more than {LONGEST} characters", LONGEST)
    parser = _PatternParser(text)
    node = parser.choice()
    if parser.at < len(text):
        raise parser.error("a `)` without its `(`")
    return node


@dataclass(slots=True)
class _PatternParser:
    """Reads *text* from `at`; `inside` is the name of the group that it is in."""

    text: str
    at: int = 0
    depth: int = 0
    flags: str = ""
    inside: str = ""
    names: set[str] = field(default_factory=set)

    def error(self, message: str) -> PatternError:
        return PatternError(message, self.at)

    def choice(self) -> Node:
        parts = [self._sequence()]
        while self.text.startswith("|", self.at):
            self.at += 1
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Alternatives(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if flags := _FLAGS.match(self.text, self.at):
                if self.at:
                    raise self.error("flags are only at the beginning")
                self.flags, self.at = flags["flags"], flags.end()
                continue
            parts.append(self._repeated(self._part()))
        return Chain(tuple(parts))

    def _part(self) -> Node:
        character = self.text[self.at]
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\" or character in "^$":
            return self._escape(character)
        if character in "*+?":
            raise self.error(f"`{character}` has nothing to repeat")
        self.at += 1
        if character == ".":
            return Atom(r"[\s\S]" if "s" in self.flags else r"[^\r\n]")
        return self._atom(re.escape(character))

    def _group(self) -> Node:
        opening = _OPEN.match(self.text, self.at)
        if opening is None:
            raise self.error(_unsupported(self.text[self.at : self.at + 4]))
        if self.depth == _DEEPEST:
            raise self.error(f"more than {_DEEPEST} groups in each other")
        start, name = self.at, opening["name"]
        if name in self.names:
            raise self.error(f"a second group `{name}`")
        if name and self.inside:
            raise self.error(f"the group `{name}` is inside of `{self.inside}`")
        self.names |= {name} if name else set()
        self.at, self.depth = opening.end(), self.depth + 1
        around, self.inside = self.inside, name or self.inside
        node = self.choice()
        self.inside = around
        if not self.text.startswith(")", self.at):
            self.at = start
            raise self.error("a `(` without its `)`")
        self.at, self.depth = self.at + 1, self.depth - 1
        return Group(name, node) if name else node

    def _class(self) -> Atom:
        found = _CLASS.match(self.text, self.at)
        if found is None:
            raise self.error("a `[` without its `]`")
        try:
            compiled(found[0])
        except (re.error, Warning):
            raise self.error(f"`{found[0]}` is no class of characters") from None
        self.at = found.end()
        return self._atom(found[0])

    def _escape(self, character: str) -> Atom:
        two = self.text[self.at : self.at + 2]
        bound = character if character in "^$" else two
        if bound in _BOUNDS:
            self.at += len(bound)
            return Atom(_BOUNDS[bound], width=0)
        found = _ESCAPE.match(self.text, self.at)
        if found is None:
            is_number = two[1:].isdigit()
            raise self.error(
                "it refers to what a group matched"
                if is_number
                else f"`{two}` has no meaning"
            )
        self.at = found.end()
        return self._atom(found[0])

    def _atom(self, source: str) -> Atom:
        return Atom(source, ignore_case="i" in self.flags)

    def _repeated(self, node: Node) -> Node:
        """Return *node* with the `*`, `+`, `?` or `{2,3}` behind it, if there is one."""
        sign = self.text[self.at : self.at + 1]
        times = _TIMES.match(self.text, self.at) if sign == "{" else None
        if sign in {"*", "+", "?"}:
            self.at += 1
            least, most = int(sign == "+"), 1 if sign == "?" else None
        elif times is None:
            return node
        else:
            least, most = self._times(times)
            self.at = times.end()
        greedy = not self.text.startswith("?", self.at)
        self.at += not greedy
        if self.text[self.at : self.at + 1] in {"*", "+", "?"}:
            raise self.error(f"`{self.text[self.at]}` repeats a repetition")
        return Repeat(node, least, most, greedy)

    def _times(self, times: re.Match[str]) -> tuple[int, int | None]:
        least = int(times["least"][:6])
        most: int | None = int((times["most"] or "0")[:6])
        if not times["range"]:
            most = least
        elif not times["most"]:
            most = None
        if max(least, most or 0) > _MOST_TIMES:
            raise self.error(f"it repeats more than {_MOST_TIMES} times")
        if most is not None and most < least:
            raise self.error(f"`{times[0]}` ends before it begins")
        return least, most


def _unsupported(opening: str) -> str:
    """Return why a group that begins like *opening* is not taken."""
    if re.match(r"\(\?<?[=!]", opening):
        return "it looks ahead or behind: match the text around the group as well"
    return f"`{opening}` begins no group of this syntax"
