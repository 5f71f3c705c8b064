"""Parse JSON and keep the position of everything (RFC 8259, as `json.loads`).

Or JSON with comments, as in the settings of editors: `//` to the end of the line,
`/* */`, and a trailing comma.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json.builder import Builder, MalformedError
from imagelock.syntax.yaml_json.tree import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: Final = r"""(?:
        (?P<mark>[{}\[\],:])
      | "(?P<string>[^"\\\x00-\x1f]*+(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*+)*+)"
      | (?P<atom>
          -?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?
        | true | false | null | NaN | -?Infinity
        )
    )"""
_SPACE: Final = r"[ \t\r\n]*+"
_SPACE_OR_COMMENT: Final = r"""(?:
        [ \t\r\n]++ | //[^\n]*+ | /[*][^*]*+(?:[*](?!/)[^*]*+)*+[*]/
    )*+"""

_DOCUMENT: Final = frozenset("{[")
_VALUE: Final = _DOCUMENT | {"string", "atom"}
_FIRST_ITEM: Final = _VALUE | {"]"}
_KEY: Final = frozenset({"string"})
_FIRST_KEY: Final = _KEY | {"}"}
_COLON: Final = frozenset(":")
_NEXT: Final = {"{": frozenset(",}"), "[": frozenset(",]"), "": _DOCUMENT}
"""The tokens that may follow a value in a mapping, in a list, and at the top."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The text between tokens, and the tokens after a comma in `{` and in `[`."""

    blank: re.Pattern[str]
    token: re.Pattern[str]
    behind_comma: dict[str, frozenset[str]]


def _dialect(blank: str, key: frozenset[str], item: frozenset[str]) -> Dialect:
    return Dialect(
        re.compile(blank, re.VERBOSE),
        re.compile(blank + _KINDS, re.VERBOSE),
        {"{": key, "[": item},
    )


PLAIN: Final = _dialect(_SPACE, _KEY, _VALUE)
WITH_COMMENTS: Final = _dialect(_SPACE_OR_COMMENT, _FIRST_KEY, _FIRST_ITEM)
"""`jsonc` in VS Code."""


def parse(text: str, builder: Builder, dialect: Dialect = PLAIN) -> Iterator[Node]:
    """Yield each object and list of a stream of JSON texts, as kubectl accepts it.

    Raises:
        MalformedError: the text from there on is not JSON.
    """
    inside: list[str] = []
    expected = _DOCUMENT
    for kind, token in _tokens(text, dialect):
        if kind not in expected:
            text_of_token = dialect.blank.sub("", token[0], count=1)
            raise MalformedError(f"unexpected `{text_of_token}`", token.end() - 1)
        if kind == ",":
            expected = dialect.behind_comma[inside[-1]]
            continue
        expected = _step(kind, token, expected, inside, builder)
        if expected is _DOCUMENT and (node := builder.take()):
            yield node
    if expected is not _DOCUMENT:
        raise MalformedError("the end is missing", len(text))


def _tokens(text: str, dialect: Dialect) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield each token with its kind: `string`, `atom` or the character itself."""
    position = 0
    # Not `finditer`, which would search the rest of a broken text from every index.
    while token := dialect.token.match(text, position):
        position = token.end()
        kind = token.lastgroup or ""
        yield (token["mark"] if kind == "mark" else kind), token
    position = _end_of_blank(text, position, dialect)
    if position != len(text):
        raise MalformedError(f"unexpected `{text[position]}`", position)


def _end_of_blank(text: str, position: int, dialect: Dialect) -> int:
    blank = dialect.blank.match(text, position)
    return blank.end() if blank else position


def _step(
    kind: str,
    token: re.Match[str],
    expected: frozenset[str],
    inside: list[str],
    builder: Builder,
) -> frozenset[str]:
    """Hand one token to *builder*; return the kinds that may come next."""
    if kind in _DOCUMENT:
        inside.append(kind)
        if kind == "{":
            builder.open_mapping(token.end() - 1)
            return _FIRST_KEY
        builder.open_sequence(token.end() - 1)
        return _FIRST_ITEM
    if kind == ":":
        return _VALUE
    if kind in {"}", "]"}:
        inside.pop()
        builder.close(token.end())
    else:
        builder.scalar(_scalar(kind, token))
        if expected in (_KEY, _FIRST_KEY):
            return _COLON
    return _NEXT[inside[-1] if inside else ""]


def _scalar(kind: str, token: re.Match[str]) -> Scalar:
    start, end = token.span(kind)
    text = token[kind]
    if kind == "atom":
        return Scalar(text, start, end, null=text == "null")
    if "\\" not in text:
        return Scalar(text, start, end)
    try:
        return Scalar(json.loads(f'"{text}"'), start, end)
    except ValueError as error:
        raise MalformedError("invalid escape in a string", start) from error
