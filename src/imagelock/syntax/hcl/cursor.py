"""A cursor over the tokens of a text in HCL."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.syntax.hcl.tokens import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.hcl.tokens import HclToken

_LONGEST_QUOTE: Final = 20


class WrongSyntaxError(Exception):
    """A token that is not allowed at its position."""

    def __init__(self, message: str, token: HclToken) -> None:
        super().__init__(message)
        self.token = token


class Cursor:
    """A position among the tokens of a text."""

    def __init__(self, text: str, all_tokens: list[HclToken]) -> None:
        self.position = 0
        self.text = text
        self._tokens = all_tokens
        self._depth = 0

    @property
    def token(self) -> HclToken:
        """The next token."""
        return self._tokens[self.position]

    def at(self, *kinds: str) -> bool:
        """Return whether the next token is of one of *kinds*."""
        return self._tokens[self.position].kind in kinds

    def advance(self) -> HclToken:
        """Return the next token and move past it; the end is never passed."""
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def expect(self, kind: str) -> HclToken:
        """Return the next token, which must be of *kind*, and move past it.

        Raises:
            WrongSyntaxError: it is of another kind.
        """
        if not self.at(kind):
            raise self.wrong(f"expected `{kind}`")
        return self.advance()

    def peek(self, distance: int) -> HclToken:
        """Return the token *distance* after the next one, or else the last."""
        return self._tokens[min(self.position + distance, len(self._tokens) - 1)]

    @property
    def end(self) -> int:
        """The offset after the last token that was read; there must be one."""
        return self._tokens[self.position - 1].end

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Enter a level of nesting, up to the limit."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise WrongSyntaxError(f"nested more than {DEEPEST} deep", self.token)
        try:
            yield
        finally:
            self._depth -= 1

    def text_of(self, token: HclToken) -> str:
        """Return the characters of *token*."""
        return self.text[token.start : token.end]

    def wrong(self, message: str) -> WrongSyntaxError:
        """Return an error with *message* about the next token."""
        line = self.text_of(self.token).partition("\n")[0][:_LONGEST_QUOTE]
        actual = f"`{line}`" if line else "the end of the line"
        if self.at("end"):
            actual = "the end"
        return WrongSyntaxError(f"{message}, found {actual}", self.token)
