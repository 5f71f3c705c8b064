"""Read the expressions of HCL: their structure, not what they compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.syntax.hcl.cursor import Cursor, WrongSyntaxError
from imagelock.syntax.hcl.strings import literal, pieces
from imagelock.syntax.hcl.tokens import template_tokens
from imagelock.syntax.hcl.tree import (
    Call,
    Computed,
    Expression,
    Hole,
    Items,
    KeyValue,
    Object,
    Piece,
    Template,
    Traversal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Scalar

_OPERATORS: Final = frozenset(
    "+ - * / % ! && || == != < > <= >= ? : ... =>".split()  # noqa: SIM905 - short
)


def template(value: str, scalar: Scalar) -> Template:
    """Return the template that *value*, a string in JSON, is.

    One that is malformed is taken literally.
    """
    try:
        found = Expressions(Cursor(value, template_tokens(value))).term()
    except WrongSyntaxError:
        found = None
    parts: tuple[Piece | Hole, ...] = (Piece(value, 0, len(value)),)
    if isinstance(found, Template):
        parts = found.pieces
    return Template(parts, scalar.start, scalar.end, scalar)


@dataclass(frozen=True, slots=True)
class Expressions:
    """Reads the expressions at a cursor, which goes on with each."""

    cursor: Cursor

    def name(self) -> str:
        """Read a name: of an attribute, or a label, which can be in quotes."""
        if self.cursor.at("word"):
            return self.cursor.written(self.cursor.advance())
        if self.cursor.at("open") and isinstance(found := self.term(), Template):
            return literal(found) or ""
        raise self.cursor.wrong("expected the name of an attribute or block")

    def expression(self, ends: frozenset[str], *, loop: bool = False) -> Expression:
        """Read an expression up to one of *ends*, which is left to be read.

        In a *loop*, `for x in list : x`, words and commas stand between values.
        """
        parts: list[Expression] = []
        start = self.cursor.token.start
        was_term = is_computed = False
        while not self.cursor.at(*ends):
            kind = self.cursor.token.kind
            if kind == "newline" and kind not in ends:
                self.cursor.advance()
            elif kind in _OPERATORS or (loop and kind == ","):
                is_computed, was_term = True, False
                self.cursor.advance()
            elif was_term and not loop:
                raise self.cursor.wrong("expected the end of the value")
            else:
                parts.append(self.term())
                was_term = True
        if not parts:
            raise self.cursor.wrong("expected a value")
        if len(parts) == 1 and not is_computed:
            return parts[0]
        end = self.cursor.end
        return Computed(tuple(parts), start, end)

    def term(self) -> Expression:
        """Read one value and what is selected of it."""
        with self.cursor.deeper():
            return self._selected(self._value())

    def _value(self) -> Expression:
        token = self.cursor.token
        match token.kind:
            case "open":
                return self._template()
            case "word":
                return self._word()
            case "number":
                self.cursor.advance()
                piece = Piece(self.cursor.written(token), token.start, token.end)
                return Template((piece,), token.start, token.end, bare=True)
            case "(":
                self.cursor.advance()
                inner = self.expression(frozenset(")"))
                self.cursor.expect(")")
                return inner
            case "[":
                return self._list()
            case "{":
                return self._object()
            case _:
                raise self.cursor.wrong("expected a value")

    def _word(self) -> Expression:
        first = self.cursor.advance()
        name = self.cursor.written(first)
        while self.cursor.at("::"):
            self.cursor.advance()
            name += "::" + self.cursor.written(self.cursor.expect("word"))
        if not self.cursor.at("("):
            return Traversal((name,), first.start, first.end)
        self.cursor.advance()
        arguments = tuple(self._items(")"))
        return Call(name, arguments, first.start, self.cursor.expect(")").end)

    def _items(self, close: str) -> Iterator[Expression]:
        ends = frozenset({",", close})
        while True:
            while self.cursor.at("newline", ","):
                self.cursor.advance()
            if self.cursor.at(close):
                return
            yield self.expression(ends)

    def _list(self) -> Expression:
        start = self.cursor.advance().start
        if self._is_loop():
            inner = self.expression(frozenset("]"), loop=True)
            return Computed((inner,), start, self.cursor.expect("]").end)
        items = tuple(self._items("]"))
        return Items(items, start, self.cursor.expect("]").end)

    def _object(self) -> Expression:
        start = self.cursor.advance().start
        if self._is_loop():
            inner = self.expression(frozenset("}"), loop=True)
            return Computed((inner,), start, self.cursor.expect("}").end)
        pairs: list[KeyValue] = []
        while True:
            while self.cursor.at("newline", ","):
                self.cursor.advance()
            if self.cursor.at("}"):
                return Object(tuple(pairs), start, self.cursor.advance().end)
            pairs.append(self._entry())

    def _entry(self) -> KeyValue:
        key = self.term()
        if not self.cursor.at("=", ":"):
            raise self.cursor.wrong("expected `=` behind a key")
        self.cursor.advance()
        name = literal(key) or ""
        if isinstance(key, Traversal) and len(key.steps) == 1:
            name = key.steps[0]
        return KeyValue(name, self.expression(frozenset({",", "newline", "}"})))

    def _is_loop(self) -> bool:
        """Tell whether `for` comes next, as the beginning of a loop."""
        distance = 0
        while self.cursor.peek(distance).kind == "newline":
            distance += 1
        word = self.cursor.peek(distance)
        if word.kind != "word" or self.cursor.written(word) != "for":
            return False
        return self.cursor.peek(distance + 1).kind == "word"

    def _selected(self, value: Expression) -> Expression:
        """Read `.name` and `[index]` behind *value*."""
        steps: list[str | None] = []
        while self.cursor.at(".", "["):
            is_name = self.cursor.advance().kind == "."
            steps.append(self._name_step() if is_name else self._index())
        if not steps:
            return value
        end = self.cursor.end
        known = [step for step in steps if step is not None]
        if isinstance(value, Traversal) and len(known) == len(steps):
            return Traversal((*value.steps, *known), value.start, end)
        return Computed((value,), value.start, end)

    def _name_step(self) -> str | None:
        token = self.cursor.token
        if token.kind not in {"word", "number", "*"}:
            raise self.cursor.wrong("expected a name behind the dot")
        self.cursor.advance()
        return None if token.kind == "*" else self.cursor.written(token)

    def _index(self) -> str | None:
        if self.cursor.at("*"):
            self.cursor.advance()
            self.cursor.expect("]")
            return None
        index = self.expression(frozenset("]"))
        self.cursor.expect("]")
        return literal(index)

    def _template(self) -> Template:
        opening = self.cursor.advance()
        quotes = self.cursor.written(opening) == '"'
        found: list[Piece | Hole] = []
        while not self.cursor.at("close"):
            token = self.cursor.advance()
            match token.kind:
                case "text":
                    found += pieces(self.cursor.text, *token[1:], quotes=quotes)
                case "hole":
                    inner = self.expression(frozenset({"leave"}))
                    end = self.cursor.expect("leave").end
                    found.append(Hole(inner, token.start, end))
                case "directive":
                    found.append(Hole(None, token.start, self._directive()))
                case _:
                    raise WrongSyntaxError("a string does not end", token)
        end = self.cursor.advance().start
        return Template(tuple(found), opening.end, end)

    def _directive(self) -> int:
        """Skip to the end of `%{…}`."""
        depth = 1
        while True:
            if self.cursor.at("end", "bad"):
                raise self.cursor.wrong("a directive does not end")
            token = self.cursor.advance()
            depth += (token.kind in {"hole", "directive"}) - (token.kind == "leave")
            if depth == 0:
                return token.end
