"""Read the expressions of HCL: their structure, not what they compute."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.sources.hcl_tokens import DEEPEST, template_tokens
from imagelock.sources.hcl_tree import (
    Call,
    Computed,
    Expression,
    Hole,
    Items,
    Object,
    Pair,
    Piece,
    Template,
    Traversal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.hcl_tokens import Token
    from imagelock.sources.tree import Scalar

_OPERATORS: Final = frozenset(
    "+ - * / % ! && || == != < > <= >= ? : ... =>".split()  # noqa: SIM905 - short
)
_ESCAPE: Final = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\$\$\{|%%\{|[^\\$%]++|[$%]", re.DOTALL
)
_MARKER: Final = re.compile(r"\$\$\{|%%\{|[^$%]++|[$%]")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_SURROGATES: Final = 0xD800, 0xDFFF
_SHOWN: Final = 20


class WrongSyntaxError(Exception):
    """A token that cannot stand where it stands."""

    def __init__(self, message: str, token: Token) -> None:
        super().__init__(message)
        self.token = token


def template(value: str, scalar: Scalar) -> Template:
    """Return the template that *value*, a string in JSON, is.

    One that is malformed is taken literally.
    """
    try:
        found = Reading(value, template_tokens(value)).term()
    except WrongSyntaxError:
        found = None
    pieces: tuple[Piece | Hole, ...] = (Piece(value, 0, len(value)),)
    if isinstance(found, Template):
        pieces = found.pieces
    return Template(pieces, scalar.start, scalar.end, scalar)


class Reading:
    """One walk along the tokens of a text."""

    def __init__(self, text: str, every: list[Token]) -> None:
        self.position = 0
        self._text = text
        self._tokens = every
        self._depth = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self._tokens[self.position]

    def at(self, *kinds: str) -> bool:
        """Tell whether the next token is of one of *kinds*."""
        return self._tokens[self.position].kind in kinds

    def advance(self) -> Token:
        """Return the next token and go behind it; behind the end there is none."""
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def expect(self, kind: str) -> Token:
        """Go behind a token of *kind*.

        Raises:
            WrongSyntaxError: it is another one.
        """
        if not self.at(kind):
            raise self._wrong(f"expected `{kind}`")
        return self.advance()

    def name(self) -> str:
        """Read a name: of an attribute, or a label, which can be in quotes."""
        if self.at("word"):
            return self._written(self.advance())
        if self.at("open") and isinstance(found := self.term(), Template):
            return literal(found) or ""
        raise self._wrong("expected the name of an attribute or block")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count what is nested, which has a limit."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise WrongSyntaxError(f"nested more than {DEEPEST} deep", self.token)
        try:
            yield
        finally:
            self._depth -= 1

    def expression(self, ends: frozenset[str], *, loop: bool = False) -> Expression:
        """Read an expression up to one of *ends*, which is left to be read.

        In a *loop*, `for x in list : x`, words and commas stand between values.
        """
        parts: list[Expression] = []
        start = self.token.start
        was_term = is_computed = False
        while not self.at(*ends):
            kind = self.token.kind
            if kind == "newline" and kind not in ends:
                self.advance()
            elif kind in _OPERATORS or (loop and kind == ","):
                is_computed, was_term = True, False
                self.advance()
            elif was_term and not loop:
                raise self._wrong("expected the end of the value")
            else:
                parts.append(self.term())
                was_term = True
        if not parts:
            raise self._wrong("expected a value")
        if len(parts) == 1 and not is_computed:
            return parts[0]
        end = self._tokens[self.position - 1].end
        return Computed(tuple(parts), start, end)

    def term(self) -> Expression:
        """Read one value and what is selected of it."""
        with self.deeper():
            return self._selected(self._value())

    def _value(self) -> Expression:
        token = self.token
        match token.kind:
            case "open":
                return self._template()
            case "word":
                return self._word()
            case "number":
                self.advance()
                piece = Piece(self._written(token), token.start, token.end)
                return Template((piece,), token.start, token.end)
            case "(":
                self.advance()
                inner = self.expression(frozenset(")"))
                self.expect(")")
                return inner
            case "[":
                return self._list()
            case "{":
                return self._object()
            case _:
                raise self._wrong("expected a value")

    def _word(self) -> Expression:
        first = self.advance()
        name = self._written(first)
        while self.at("::"):
            self.advance()
            name += "::" + self._written(self.expect("word"))
        if not self.at("("):
            return Traversal((name,), first.start, first.end)
        self.advance()
        arguments = tuple(self._items(")"))
        return Call(name, arguments, first.start, self.expect(")").end)

    def _items(self, close: str) -> Iterator[Expression]:
        ends = frozenset({",", close})
        while True:
            while self.at("newline", ","):
                self.advance()
            if self.at(close):
                return
            yield self.expression(ends)

    def _list(self) -> Expression:
        start = self.advance().start
        if self._is_loop():
            inner = self.expression(frozenset("]"), loop=True)
            return Computed((inner,), start, self.expect("]").end)
        items = tuple(self._items("]"))
        return Items(items, start, self.expect("]").end)

    def _object(self) -> Expression:
        start = self.advance().start
        if self._is_loop():
            inner = self.expression(frozenset("}"), loop=True)
            return Computed((inner,), start, self.expect("}").end)
        pairs: list[Pair] = []
        while True:
            while self.at("newline", ","):
                self.advance()
            if self.at("}"):
                return Object(tuple(pairs), start, self.advance().end)
            pairs.append(self._entry())

    def _entry(self) -> Pair:
        key = self.term()
        if not self.at("=", ":"):
            raise self._wrong("expected `=` behind a key")
        self.advance()
        name = literal(key) or ""
        if isinstance(key, Traversal) and len(key.steps) == 1:
            name = key.steps[0]
        return Pair(name, self.expression(frozenset({",", "newline", "}"})))

    def _is_loop(self) -> bool:
        """Tell whether `for` comes next, as the beginning of a loop."""
        position = self.position
        while self._tokens[position].kind == "newline":
            position += 1
        word = self._tokens[position]
        if word.kind != "word" or self._written(word) != "for":
            return False
        return self._tokens[position + 1].kind == "word"

    def _selected(self, value: Expression) -> Expression:
        """Read `.name` and `[index]` behind *value*."""
        steps: list[str | None] = []
        while self.at(".", "["):
            is_name = self.advance().kind == "."
            steps.append(self._name_step() if is_name else self._index())
        if not steps:
            return value
        end = self._tokens[self.position - 1].end
        known = [step for step in steps if step is not None]
        if isinstance(value, Traversal) and len(known) == len(steps):
            return Traversal((*value.steps, *known), value.start, end)
        return Computed((value,), value.start, end)

    def _name_step(self) -> str | None:
        token = self.token
        if token.kind not in {"word", "number", "*"}:
            raise self._wrong("expected a name behind the dot")
        self.advance()
        return None if token.kind == "*" else self._written(token)

    def _index(self) -> str | None:
        if self.at("*"):
            self.advance()
            self.expect("]")
            return None
        index = self.expression(frozenset("]"))
        self.expect("]")
        return literal(index)

    def _template(self) -> Template:
        opening = self.advance()
        quotes = self._written(opening) == '"'
        pieces: list[Piece | Hole] = []
        while not self.at("close"):
            token = self.advance()
            match token.kind:
                case "text":
                    pieces += _pieces(self._text, token, quotes=quotes)
                case "hole":
                    inner = self.expression(frozenset({"leave"}))
                    end = self.expect("leave").end
                    pieces.append(Hole(inner, token.start, end))
                case "directive":
                    pieces.append(Hole(None, token.start, self._directive()))
                case _:
                    raise WrongSyntaxError("a string does not end", token)
        end = self.advance().start
        return Template(tuple(pieces), opening.end, end)

    def _directive(self) -> int:
        """Skip to the end of `%{…}`."""
        depth = 1
        while True:
            if self.at("end", "bad"):
                raise self._wrong("a directive does not end")
            token = self.advance()
            depth += (token.kind in {"hole", "directive"}) - (token.kind == "leave")
            if depth == 0:
                return token.end

    def _written(self, token: Token) -> str:
        return self._text[token.start : token.end]

    def _wrong(self, message: str) -> WrongSyntaxError:
        written = self._written(self.token).partition("\n")[0][:_SHOWN]
        found = f"`{written}`" if written else "the end of the line"
        if self.at("end"):
            found = "the end"
        return WrongSyntaxError(f"{message}, found {found}", self.token)


def literal(value: Expression) -> str | None:
    """Return the text that *value* is, if nothing in it is computed."""
    if not isinstance(value, Template):
        return None
    if any(isinstance(piece, Hole) for piece in value.pieces):
        return None
    return "".join([piece.text for piece in value.pieces if isinstance(piece, Piece)])


def _pieces(text: str, token: Token, *, quotes: bool) -> Iterator[Piece]:
    """Yield what the characters of *token* mean; only quotes know escapes."""
    pattern = _ESCAPE if quotes else _MARKER
    for match in pattern.finditer(text, token.start, token.end):
        written = match[0]
        yield Piece(_meaning(written, quotes=quotes), *match.span())


def _meaning(written: str, *, quotes: bool) -> str:
    if quotes and written[0] == "\\":
        code = written[2:]
        return _character(code) if code else _ESCAPES.get(written[1], written[1])
    # Only a doubled sign before a brace escapes it.
    return written[1:] if written in {"$${", "%%{"} else written


def _character(digits: str) -> str:
    """Return the character with the code *digits*, or one that stands for none."""
    code = int(digits, 16)
    is_one = code <= sys.maxunicode and not _SURROGATES[0] <= code <= _SURROGATES[1]
    return chr(code) if is_one else "\ufffd"
