"""Parse the expressions of HCL: their structure, not their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.hcl.cursor import Cursor, WrongSyntaxError
from imagelock.syntax.hcl.strings import literal, pieces
from imagelock.syntax.hcl.tokens import template_tokens
from imagelock.syntax.hcl.tree import (
    Call,
    Computed,
    Expression,
    HclPair,
    Hole,
    Items,
    Object,
    Piece,
    Template,
    Traversal,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Scalar

_OPERATORS: Final = frozenset(
    "+ - * / % ! && || == != < > <= >= ? : ... =>".split()  # noqa: SIM905 - short
)
_POSTFIXES: Final = (".", "[")


def template(value: str, scalar: Scalar) -> Template:
    """Return *value*, a string in JSON, as a template.

    A malformed template is a literal text.
    """
    try:
        expression = Expressions(Cursor(value, template_tokens(value))).term()
    except WrongSyntaxError:
        expression = None
    parts: tuple[Piece | Hole, ...] = (Piece(value, 0, len(value)),)
    if isinstance(expression, Template):
        parts = expression.pieces
    return Template(parts, scalar.start, scalar.end, scalar)


@dataclass(frozen=True, slots=True)
class Expressions:
    """Parses the expressions at a cursor, which moves past each of them."""

    cursor: Cursor

    def name(self) -> str:
        """Parse the name of an attribute, or a label, which can be quoted."""
        if self.cursor.at("word"):
            return self.cursor.text_of(self.cursor.advance())
        if self.cursor.at("open") and isinstance(label := self.term(), Template):
            return literal(label) or ""
        raise self.cursor.wrong("expected the name of an attribute or block")

    def expression(self, ends: frozenset[str], *, loop: bool = False) -> Expression:
        """Parse an expression up to a token of *ends*, which is not consumed.

        In a *loop*, `for x in list : x`, there are words and commas between values.
        """
        parts: list[Expression] = []
        start = self.cursor.token.start
        was_term = is_computed = False
        while not self.cursor.at(*ends):
            kind = self.cursor.token.kind
            if kind == "newline" and kind not in ends:
                self.cursor.advance()
            elif was_term and not loop and kind in _POSTFIXES:
                # Behind a newline that does not count, as between parentheses.
                parts.append(self._postfix(parts.pop()))
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
        """Parse a value and the attributes or indexes after it."""
        with self.cursor.deeper():
            return self._postfix(self._value())

    def _value(self) -> Expression:
        token = self.cursor.token
        match token.kind:
            case "open":
                return self._template()
            case "word":
                return self._word()
            case "number":
                self.cursor.advance()
                piece = number(self.cursor.text_of(token), token.start, token.end)
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
        name = self.cursor.text_of(first)
        while self.cursor.at("::"):
            self.cursor.advance()
            name += "::" + self.cursor.text_of(self.cursor.expect("word"))
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
        pairs: list[HclPair] = []
        while True:
            while self.cursor.at("newline", ","):
                self.cursor.advance()
            if self.cursor.at("}"):
                return Object(tuple(pairs), start, self.cursor.advance().end)
            pairs.append(self._entry())

    def _entry(self) -> HclPair:
        key = self.term()
        if not self.cursor.at("=", ":"):
            raise self.cursor.wrong("expected `=` after a key")
        self.cursor.advance()
        name = literal(key) or ""
        if isinstance(key, Traversal) and len(key.steps) == 1:
            name = key.steps[0]
        return HclPair(name, self.expression(frozenset({",", "newline", "}"})))

    def _is_loop(self) -> bool:
        """Return whether a loop, `for x`, comes next."""
        distance = 0
        while self.cursor.peek(distance).kind == "newline":
            distance += 1
        word = self.cursor.peek(distance)
        if word.kind != "word" or self.cursor.text_of(word) != "for":
            return False
        return self.cursor.peek(distance + 1).kind == "word"

    def _postfix(self, value: Expression) -> Expression:
        """Parse `.name` and `[index]` after *value*."""
        steps: list[str | None] = []
        while self.cursor.at(*_POSTFIXES):
            is_name = self.cursor.advance().kind == "."
            steps.append(self._name_step() if is_name else self._index())
        if not steps:
            return value
        end = self.cursor.end
        names = [step for step in steps if step is not None]
        if isinstance(value, Traversal) and len(names) == len(steps):
            return Traversal((*value.steps, *names), value.start, end)
        return Computed((value,), value.start, end)

    def _name_step(self) -> str | None:
        token = self.cursor.token
        if token.kind not in {"word", "number", "*"}:
            raise self.cursor.wrong("expected a name after the dot")
        self.cursor.advance()
        return None if token.kind == "*" else self.cursor.text_of(token)

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
        quotes = self.cursor.text_of(opening) == '"'
        parts: list[Piece | Hole] = []
        while not self.cursor.at("close"):
            token = self.cursor.advance()
            match token.kind:
                case "text":
                    parts += pieces(self.cursor.text, *token[1:], quotes=quotes)
                case "hole":
                    inner = self.expression(frozenset({"leave"}))
                    end = self.cursor.expect("leave").end
                    parts.append(Hole(inner, token.start, end))
                case "directive":
                    parts.append(Hole(None, token.start, self._directive()))
                case _:
                    raise WrongSyntaxError("a string does not end", token)
        end = self.cursor.advance().start
        return Template(tuple(parts), opening.end, end)

    def _directive(self) -> int:
        """Skip a directive, `%{…}`, and return its end."""
        depth = 1
        while True:
            if self.cursor.at("end", "bad"):
                raise self.cursor.wrong("a directive does not end")
            token = self.cursor.advance()
            depth += (token.kind in {"hole", "directive"}) - (token.kind == "leave")
            if depth == 0:
                return token.end
