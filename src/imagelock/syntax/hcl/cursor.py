"""Walk along the tokens of a text in HCL."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.syntax.hcl.tokens import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.hcl.tokens import HclToken

_SHOWN: Final = 20


class WrongSyntaxError(Exception):
    """A token that cannot stand where it stands."""

    def __init__(self, message: str, token: HclToken) -> None:
        super().__init__(message)
        self.token = token


class Cursor:
    """A position among the tokens of a text."""

    def __init__(self, text: str, every: list[HclToken]) -> None:
        self.position = 0
        self.text = text
        self._tokens = every
        self._depth = 0

    @property
    def token(self) -> HclToken:
        """The token to be read next."""
        return self._tokens[self.position]

    def at(self, *kinds: str) -> bool:
        """Tell whether the next token is of one of *kinds*."""
        return self._tokens[self.position].kind in kinds

    def advance(self) -> HclToken:
        """Return the next token and go behind it; behind the end there is none."""
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def expect(self, kind: str) -> HclToken:
        """Go behind a token of *kind*.

        Raises:
            WrongSyntaxError: it is another one.
        """
        if not self.at(kind):
            raise self.wrong(f"expected `{kind}`")
        return self.advance()

    def peek(self, distance: int) -> HclToken:
        """Return the token *distance* behind the next one, at most the last."""
        return self._tokens[min(self.position + distance, len(self._tokens) - 1)]

    @property
    def end(self) -> int:
        """The offset behind the token that was read last; there must be one."""
        return self._tokens[self.position - 1].end

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

    def written(self, token: HclToken) -> str:
        """Return the characters of *token*."""
        return self.text[token.start : token.end]

    def wrong(self, message: str) -> WrongSyntaxError:
        """Return *message* about the next token, as an error to be raised."""
        written = self.written(self.token).partition("\n")[0][:_SHOWN]
        found = f"`{written}`" if written else "the end of the line"
        if self.at("end"):
            found = "the end"
        return WrongSyntaxError(f"{message}, found {found}", self.token)
