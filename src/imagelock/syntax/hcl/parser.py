"""Parse HCL (HCL Native Syntax Specification, hashicorp/hcl)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.hcl.cursor import Cursor, WrongSyntaxError
from imagelock.syntax.hcl.expressions import Expressions
from imagelock.syntax.hcl.tokens import tokens
from imagelock.syntax.hcl.tree import HclPair, Object

if TYPE_CHECKING:
    from collections.abc import Iterator


_BLOCK: Final = re.compile(
    r'^[A-Za-z_][\w-]*+(?:[ \t]++"[^"\n]*+"|[ \t]++[A-Za-z_][\w-]*+)*+[ \t]*+\{',
    re.MULTILINE,
)
_OPENING: Final = frozenset({"{", "[", "(", "open", "hole", "directive"})
_CLOSING: Final = frozenset({"}", "]", ")", "close", "leave"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A syntax error, from *start* to the end of its line, in characters."""

    start: int
    end: int
    detail: str


def parse(text: str) -> tuple[Object, list[Problem]]:
    """Return the attributes and blocks of *text*, and its syntax errors.

    A broken block does not hide the others: if the text as a whole does not parse,
    each part that begins like a block, without indentation, is parsed by itself and
    has at most one problem. Nothing is raised.
    """
    pairs, problem = _part(text, 0, len(text))
    if problem is None:
        return Object(tuple(pairs), 0, len(text)), []
    starts = [0, *(match.start() for match in _BLOCK.finditer(text))]
    pairs, problems = [], []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part_pairs, problem = _part(text, start, end)
        pairs += part_pairs
        if problem is not None:
            problems.append(problem)
    return Object(tuple(pairs), 0, len(text)), problems


def _part(text: str, start: int, end: int) -> tuple[list[HclPair], Problem | None]:
    """Return the attributes and blocks of a part of *text*, and its first problem."""
    bodies = _Bodies(Cursor(text, tokens(text, start, end)))
    pairs: list[HclPair] = []
    while not bodies.cursor.at("end"):
        pairs += bodies.pairs()
        if bodies.cursor.at("}"):
            error = WrongSyntaxError("this brace closes nothing", bodies.cursor.token)
            bodies.error = bodies.error or error
            bodies.cursor.advance()
    return pairs, _problem(text, start, end, bodies.error)


def _problem(
    text: str, start: int, end: int, error: WrongSyntaxError | None
) -> Problem | None:
    """Return *error* with its position in the part from *start* to *end* of *text*."""
    if error is None:
        return None
    part = text[start:end].rstrip()
    index = error.token.start - start
    if index >= len(part) or part[index] == "\n":
        # A missing token is reported at the end of the line before it.
        index = part.rfind("\n", 0, max(index, 0)) + 1
    line = part[index:].partition("\n")[0].rstrip()
    index += len(line) - len(line.lstrip())
    return Problem(start + index, start + index + len(line.lstrip()), str(error))


class _Bodies:
    """Parses attributes and blocks; keeps the first error and continues after it."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.error: WrongSyntaxError | None = None
        self._expressions = Expressions(cursor)
        self._is_balanced = True

    def pairs(self) -> Iterator[HclPair]:
        """Yield attributes and blocks up to the end or a closing brace."""
        cursor = self.cursor
        while not cursor.at("}", "end"):
            if cursor.at("newline"):
                cursor.advance()
                continue
            position = cursor.position
            try:
                yield self._pair()
            except WrongSyntaxError as error:
                self.error = self.error or error
                self._recover(position)

    def _pair(self) -> HclPair:
        cursor = self.cursor
        name = self._expressions.name()
        if cursor.at("="):
            cursor.advance()
            value = self._expressions.expression(frozenset({"newline", "}", "end"}))
            return HclPair(name, value)
        labels: list[str] = []
        while not cursor.at("{"):
            labels.append(self._expressions.name())
        start = cursor.token.start
        with cursor.deeper():
            cursor.advance()
            pairs = tuple(self.pairs())
            end = cursor.expect("}").end
        return HclPair(name, Object(pairs, start, end), tuple(labels))

    def _recover(self, position: int) -> None:
        """Continue after the attribute at *position*, or at least after its line."""
        cursor = self.cursor
        failed = cursor.position
        if self._is_balanced and self._skip(position):
            return
        self._is_balanced = False
        cursor.position = failed
        while not cursor.at("newline", "end"):
            cursor.advance()

    def _skip(self, position: int) -> bool:
        """Skip to the end of the line in which all open brackets are closed again."""
        cursor = self.cursor
        failed, depth = cursor.position, 0
        cursor.position = position
        while not cursor.at("end"):
            kind = cursor.token.kind
            is_past = cursor.position >= failed
            if depth <= 0 and is_past and kind in {"newline", "}"}:
                return True
            depth += (kind in _OPENING) - (kind in _CLOSING)
            cursor.advance()
        return False
