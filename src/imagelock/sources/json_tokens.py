"""Read JSON with the place of everything in it (RFC 8259, as `json.loads` does)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.builder import Builder, MalformedError
from imagelock.sources.tree import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""[ \t\r\n]*+(?:
        (?P<mark>[{}\[\],:])
      | "(?P<string>[^"\\\x00-\x1f]*+(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*+)*+)"
      | (?P<atom>
          -?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?
        | true | false | null | NaN | -?Infinity
        )
    )""",
    re.VERBOSE,
)
_BLANK: Final = re.compile(r"[ \t\r\n]*+")

_DOCUMENT: Final = frozenset("{[")
_VALUE: Final = _DOCUMENT | {"string", "atom"}
_FIRST_ITEM: Final = _VALUE | {"]"}
_KEY: Final = frozenset({"string"})
_FIRST_KEY: Final = _KEY | {"}"}
_COLON: Final = frozenset(":")
_NEXT: Final = {"{": frozenset(",}"), "[": frozenset(",]"), "": _DOCUMENT}
"""What may follow a value inside of a mapping, a list and nothing."""


def parse(text: str, builder: Builder) -> Iterator[Node]:
    """Yield each object and list of a stream of JSON texts, such as kubectl takes.

    Raises:
        MalformedError: it is not JSON from there on.
    """
    inside: list[str] = []
    expected = _DOCUMENT
    for kind, token in _tokens(text):
        if kind not in expected:
            raise MalformedError(f"unexpected `{token[0].strip()}`", token.end() - 1)
        expected = _step(kind, token, expected, inside, builder)
        if expected is _DOCUMENT and (node := builder.take()):
            yield node
    if expected is not _DOCUMENT:
        raise MalformedError("the end is missing", len(text))


def _tokens(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield each token with its kind: `string`, `atom` or the character itself."""
    position = 0
    for token in _TOKEN.finditer(text):
        if token.start() != position:
            break
        position = token.end()
        kind = token.lastgroup or ""
        yield (token["mark"] if kind == "mark" else kind), token
    position = _end_of_blank(text, position)
    if position != len(text):
        raise MalformedError(f"unexpected `{text[position]}`", position)


def _end_of_blank(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
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
    if kind == ",":
        return _KEY if inside[-1] == "{" else _VALUE
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
    written = token[kind]
    if kind == "atom":
        return Scalar(written, start, end, null=written == "null")
    if "\\" not in written:
        return Scalar(written, start, end)
    try:
        return Scalar(json.loads(f'"{written}"'), start, end)
    except ValueError as error:
        raise MalformedError("invalid escape in a string", start) from error
