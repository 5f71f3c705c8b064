"""Read a text in HCL (HCL Native Syntax Specification, hashicorp/hcl)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.sources.hcl_expressions import Reading, WrongSyntaxError
from imagelock.sources.hcl_tokens import tokens
from imagelock.sources.hcl_tree import Object, Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.hcl_tokens import Token

_BLOCK: Final = re.compile(
    r'^[A-Za-z_][\w-]*+(?:[ \t]++"[^"\n]*+"|[ \t]++[A-Za-z_][\w-]*+)*+[ \t]*+\{',
    re.MULTILINE,
)
_OPENING: Final = frozenset({"{", "[", "(", "open", "hole", "directive"})
_CLOSING: Final = frozenset({"}", "]", ")", "close", "leave"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be read: from there to the end of the line, in characters."""

    start: int
    end: int
    detail: str


def parse(text: str) -> tuple[Object, list[Problem]]:
    """Return what *text* says, and where it cannot be read.

    One broken block does not hide the others: where the text as a whole does not
    parse, each part that begins like a block, without indentation, is read by
    itself, and has at most one problem. Nothing is raised.
    """
    pairs, problem = _part(text, 0, len(text))
    if problem is None:
        return Object(tuple(pairs), 0, len(text)), []
    starts = [0, *(match.start() for match in _BLOCK.finditer(text))]
    pairs, problems = [], []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        some, problem = _part(text, start, end)
        pairs += some
        if problem is not None:
            problems.append(problem)
    return Object(tuple(pairs), 0, len(text)), problems


def _part(text: str, start: int, end: int) -> tuple[list[Pair], Problem | None]:
    bodies = _Bodies(text, tokens(text, start, end))
    pairs: list[Pair] = []
    while not bodies.reading.at("end"):
        pairs += bodies.pairs()
        if bodies.reading.at("}"):
            bodies.fail("this brace closes nothing", bodies.reading.token)
            bodies.reading.advance()
    return pairs, bodies.problem


class _Bodies:
    """Reads attributes and blocks; notes the first problem and goes on behind it."""

    def __init__(self, text: str, every: list[Token]) -> None:
        self.reading = Reading(text, every)
        self.problem: Problem | None = None
        self._text = text
        self._is_balanced = True

    def pairs(self) -> Iterator[Pair]:
        """Yield attributes and blocks up to the end, or to a closing brace."""
        reading = self.reading
        while not reading.at("}", "end"):
            if reading.at("newline"):
                reading.advance()
                continue
            position = reading.position
            try:
                yield self._pair()
            except WrongSyntaxError as error:
                self.fail(str(error), error.token)
                self._recover(position)

    def fail(self, detail: str, token: Token) -> None:
        """Note that *token* is wrong, unless something was before it."""
        if self.problem is not None:
            return
        text = self._text
        start = min(token.start, len(text.rstrip()))
        if start == len(text.rstrip()):
            start = text.rfind("\n", 0, start) + 1
        end = text.find("\n", start)
        line = text[start : len(text) if end < 0 else end].rstrip()
        blanks = len(line) - len(line.lstrip())
        self.problem = Problem(start + blanks, start + len(line), detail)

    def _pair(self) -> Pair:
        reading = self.reading
        name = reading.name()
        if reading.at("="):
            reading.advance()
            value = reading.expression(frozenset({"newline", "}", "end"}))
            return Pair(name, value)
        labels: list[str] = []
        while not reading.at("{"):
            labels.append(reading.name())
        start = reading.token.start
        with reading.deeper():
            reading.advance()
            pairs = tuple(self.pairs())
            end = reading.expect("}").end
        return Pair(name, Object(pairs, start, end), tuple(labels))

    def _recover(self, position: int) -> None:
        """Go on behind the attribute at *position*, or at least behind its line."""
        reading = self.reading
        failed = reading.position
        if self._is_balanced and self._skip(position):
            return
        self._is_balanced = False
        reading.position = failed
        while not reading.at("newline", "end"):
            reading.advance()

    def _skip(self, position: int) -> bool:
        """Skip to the end of the line in which all that opens is closed again."""
        reading = self.reading
        failed, depth = reading.position, 0
        reading.position = position
        while not reading.at("end"):
            kind = reading.token.kind
            is_past = reading.position >= failed
            if depth <= 0 and is_past and kind in {"newline", "}"}:
                return True
            depth += (kind in _OPENING) - (kind in _CLOSING)
            reading.advance()
        return False
