"""Split a Go template into text and actions, and actions into tokens.

See `text/template/parse/lex.go` of Go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS: Final = " \t\r\n"
_COMMENT: Final = re.compile(r"\{\{(?:-[ \t\r\n])?/\*")
_COMMENT_END: Final = re.compile(r"\*/(?P<trims>[ \t\r\n]-)?\}\}")
_OPENING: Final = re.compile(r"\{\{(?:-(?=[ \t\r\n]))?")
_CLOSING: Final = re.compile(r"(?P<trims>(?<=[ \t\r\n])-)?\}\}")
_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]++)
    |(?P<text>"(?:[^"\\\n]|\\.)*+"|`[^`]*+`)
    |(?P<character>'(?:[^'\\\n]|\\.)++')
    |(?P<number>[-+]?(?:[0-9]|\.[0-9])(?:[eEpP][-+]|[0-9A-Za-z_.])*+)
    |(?P<field>\.[A-Za-z_][A-Za-z0-9_]*+)
    |(?P<variable>\$[A-Za-z0-9_]*+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    |(?P<sign>:=|[=|(),.])""",
    re.VERBOSE,
)


class GoTemplateError(Exception):
    """A text that is not a Go template, or not one of reasonable size."""


class Token(NamedTuple):
    """A part of an action; `is_joined` is whether nothing separates it from the last."""

    kind: str
    value: str
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Action:
    """The tokens between `{{` and `}}`; none for a comment."""

    tokens: tuple[Token, ...]


def split(source: str) -> Iterator[str | Action]:
    """Yield the texts and actions of *source*, in order.

    Raises:
        GoTemplateError: an action has no end, or a character that none can have.
    """
    position, trims = 0, False
    while True:
        start = source.find("{{", position)
        text = source[position : start if start >= 0 else len(source)]
        if trims:
            text = text.lstrip(_BLANKS)
        if start < 0:
            yield text
            return
        opening = _OPENING.match(source, start)
        if opening and opening[0].endswith("-"):
            text = text.rstrip(_BLANKS)
        yield text
        if comment := _COMMENT.match(source, start):
            end = _COMMENT_END.search(source, comment.end())
            if end is None:
                raise GoTemplateError("a comment has no end")
            yield Action(())
        else:
            tokens, end = _tokens(source, opening.end() if opening else start)
            yield Action(tokens)
        position, trims = end.end(), bool(end["trims"])


def _tokens(source: str, position: int) -> tuple[tuple[Token, ...], re.Match[str]]:
    """Return the tokens from *position* on, and the end of the action."""
    tokens: list[Token] = []
    is_joined = False
    while True:
        if end := _CLOSING.match(source, position):
            return tuple(tokens), end
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise GoTemplateError("an action has an unexpected character, or no end")
        position = match.end()
        if match.lastgroup == "space":
            is_joined = False
            continue
        tokens.append(Token(match.lastgroup, match[0], is_joined))
        is_joined = True
