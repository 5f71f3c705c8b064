"""Functions of templates that put texts together, as far as images use them.

A function gets the values of its arguments, and returns `None` for arguments that it
does not cover, which makes its value unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.data import plain_text
from imagelock.sources.helm.engine.values import (
    EMPTY,
    Fragment,
    Number,
    Table,
    Unknown,
    Value,
    Written,
    shown,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Result = Written | None

_VERB: Final = re.compile(r"%(.)", re.DOTALL)
_BLANKS: Final = " \t\r\n"
_WIDEST: Final = 100


def joined(parts: Iterable[Written]) -> Written:
    """Return *parts* behind each other."""
    return Written(tuple(piece for part in parts for piece in part.pieces))


def to_string(values: Sequence[Value]) -> Result:
    """`toString`."""
    match values:
        case [None]:
            return written("<nil>")
        case [(Table() | list() | Unknown())]:
            return None
        case [value]:
            return shown(value)
        case _:
            pass
    return None


def printf(values: Sequence[Value]) -> Result:
    """`printf`, with `%s`, `%v`, `%q` and `%d`."""
    pattern, arguments = plain_text(values[0] if values else None), list(values[1:])
    if pattern is None or len(_VERB.findall(pattern.replace("%%", ""))) != len(
        arguments
    ):
        return None
    parts: list[Written] = []
    position = 0
    for match in _VERB.finditer(pattern):
        parts.append(written(pattern[position : match.start()]))
        position = match.end()
        part = _formatted(match[1], arguments)
        if part is None:
            return None
        parts.append(part)
    return joined([*parts, written(pattern[position:])])


def _formatted(verb: str, arguments: list[Value]) -> Result:
    if verb == "%":
        return written("%")
    value = arguments.pop(0)
    match verb, value:
        case "s" | "v", Written() | Unknown():
            return shown(value)
        case "v", Number() | bool():
            return shown(value)
        case "d", Number() if isinstance(value.value, int):
            return shown(value)
        case "q", Written():
            return quote([value])
        case _:
            pass
    return None


def print_(values: Sequence[Value]) -> Result:
    """`print`: a blank between two arguments that are no texts."""
    parts: list[Written] = []
    last: Value = EMPTY
    for value in values:
        if isinstance(value, Table | list) or value is None:
            return None
        is_text = isinstance(value, Written | Unknown)
        if parts and not is_text and not isinstance(last, Written | Unknown):
            parts.append(written(" "))
        parts.append(shown(value))
        last = value
    return joined(parts)


def quote(values: Sequence[Value]) -> Result:
    """`quote`, for texts that need no escapes."""
    return _in_quotes(values, '"')


def single_quote(values: Sequence[Value]) -> Result:
    """`squote`."""
    return _in_quotes(values, "'")


def _in_quotes(values: Sequence[Value], mark: str) -> Result:
    parts: list[Written] = []
    for value in values:
        if value is None:
            continue
        text = to_string([value])
        if text is None or re.search(r'["\\\r\n\t]', text.text):
            return None
        parts += [written(" ")] if parts else []
        parts += [written(mark), text, written(mark)]
    return joined(parts)


def indent(values: Sequence[Value]) -> Result:
    """`indent`."""
    match values:
        case [Number(value=int(width)), Written() as text] if 0 <= width <= _WIDEST:
            pad = " " * width
            pieces = (
                Fragment(
                    piece.text.replace("\n", f"\n{pad}"),
                    piece.origins,
                    piece.is_known,
                    piece.is_foreign,
                )
                for piece in text.pieces
            )
            return Written((Fragment(pad), *pieces))
        case _:
            pass
    return None


def indent_below(values: Sequence[Value]) -> Result:
    """`nindent`."""
    text = indent(values)
    return joined([written("\n"), text]) if text else None


FORMAT_FUNCTIONS: Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "indent": indent,
    "nindent": indent_below,
    "print": print_,
    "printf": printf,
    "quote": quote,
    "squote": single_quote,
    "toString": to_string,
}
"""By name. Those that return `None` do not cover their arguments."""
