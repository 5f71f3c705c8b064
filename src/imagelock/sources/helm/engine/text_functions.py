"""Functions of templates that make texts: those of Sprig, as far as images use them.

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
TextFunction = "Callable[[Sequence[Value]], Value | None]"

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


def trim(values: Sequence[Value]) -> Result:
    """`trim`."""
    return _stripped(values[-1], _BLANKS) if len(values) == 1 else None


def trim_all(values: Sequence[Value]) -> Result:
    """`trimAll`."""
    return _strip_given(values, left=True, right=True)


def trim_prefix(values: Sequence[Value]) -> Result:
    """`trimPrefix`."""
    match values:
        case [Written() as prefix, Written() as text] if text.is_known:
            start = len(prefix.text) if text.text.startswith(prefix.text) else 0
            return text.cut(start, len(text.text)) if prefix.is_known else None
        case _:
            pass
    return None


def trim_suffix(values: Sequence[Value]) -> Result:
    """`trimSuffix`."""
    match values:
        case [Written() as suffix, Written() as text] if text.is_known:
            end = len(text.text)
            if suffix.text and text.text.endswith(suffix.text):
                end -= len(suffix.text)
            return text.cut(0, end) if suffix.is_known else None
        case _:
            pass
    return None


def truncate(values: Sequence[Value]) -> Result:
    """`trunc`."""
    match values:
        case [Number(value=int(count)), Written() as text] if text.is_known:
            length = len(text.text)
            if count < 0:
                return text.cut(max(length + count, 0), length)
            return text.cut(0, count)
        case _:
            pass
    return None


def _strip_given(values: Sequence[Value], *, left: bool, right: bool) -> Result:
    match values:
        case [Written() as characters, Written() as text] if characters.is_known:
            return _stripped(text, characters.text, left=left, right=right)
        case _:
            pass
    return None


def _stripped(
    value: Value, characters: str, *, left: bool = True, right: bool = True
) -> Result:
    if not isinstance(value, Written):
        return None
    text = value.text
    start = len(text) - len(text.lstrip(characters)) if left else 0
    end = len(text.rstrip(characters)) if right else len(text)
    return value.cut(start, max(start, end))


def replace(values: Sequence[Value]) -> Result:
    """`replace`."""
    match values:
        case [Written() as old, Written() as new, Written() as text] if (
            old.is_known and new.is_known and text.is_known and old.text
        ):
            return text.derive(text.text.replace(old.text, new.text))
        case _:
            pass
    return None


def cased(change: Callable[[str], str]) -> Callable[[Sequence[Value]], Result]:
    """Return the function that changes the case of a text."""

    def function(values: Sequence[Value]) -> Result:
        match values:
            case [Written() as text] if text.is_known:
                return text.derive(change(text.text))
            case _:
                pass
        return None

    return function


def join(values: Sequence[Value]) -> Result:
    """`join`."""
    match values:
        case [Written() as separator, list() as items] if separator.is_known:
            parts: list[Written] = []
            for item in items:
                if isinstance(item, Table | list | None):
                    return None
                parts += [separator] if parts else []
                parts.append(shown(item))
            return joined(parts)
        case _:
            pass
    return None


def split_list(values: Sequence[Value]) -> Value:
    """`splitList`."""
    match values:
        case [Written() as separator, Written() as text] if (
            separator.text and separator.is_known and text.is_known
        ):
            items: list[Value] = []
            position = 0
            for part in text.text.split(separator.text):
                items.append(text.cut(position, position + len(part)))
                position += len(part) + len(separator.text)
            return items
        case _:
            pass
    return None


def split(values: Sequence[Value]) -> Value:
    """`split`, whose parts are `_0`, `_1` and so on."""
    items = split_list(values)
    if not isinstance(items, list):
        return None
    return Table((f"_{number}", item) for number, item in enumerate(items))


TEXT_FUNCTIONS: Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "indent": indent,
    "join": join,
    "lower": cased(str.lower),
    "nindent": indent_below,
    "print": print_,
    "printf": printf,
    "quote": quote,
    "replace": replace,
    "split": split,
    "splitList": split_list,
    "squote": single_quote,
    "toString": to_string,
    "trim": trim,
    "trimAll": trim_all,
    "trimPrefix": trim_prefix,
    "trimSuffix": trim_suffix,
    "trunc": truncate,
    "upper": cased(str.upper),
}
"""By name. Those that return `None` do not cover their arguments."""
