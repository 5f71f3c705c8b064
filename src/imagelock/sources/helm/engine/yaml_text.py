"""Write values as YAML (`toYaml`), and remember where each scalar comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.values import (
    Table,
    Value,
    Written,
    shown,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN: Final = re.compile(r"[A-Za-z0-9/](?:[A-Za-z0-9/._@+ -]|:(?! ))*(?<![: ])")
_DEEPEST: Final = 40


def to_yaml(value: Value) -> Written:
    """Return *value* as YAML, with `data`.

    The quotes of texts can differ from those of Helm.
    """
    parts = list(_lines(value, 0))
    pieces = [piece for part in parts for piece in part.pieces]
    return Written(tuple(pieces[:-1] if pieces else ()), value)


def _lines(value: Value, depth: int) -> Iterator[Written]:
    """Yield *value* in pieces, the last of which is the end of its last line."""
    pad = "  " * depth
    if depth > _DEEPEST:
        yield written("\n")
    elif isinstance(value, Table) and value:
        for key in sorted(value):
            yield written(f"{pad}{key}:")
            yield from _below(value[key], depth + 1)
    elif isinstance(value, list) and value:
        for item in value:
            yield written(f"{pad}-")
            yield from _item(item, depth)
    else:
        yield from (written(pad), _scalar(value), written("\n"))


def _below(value: Value, depth: int) -> Iterator[Written]:
    """Yield the value of a key."""
    if isinstance(value, Table | list) and value:
        yield written("\n")
        yield from _lines(value, depth)
    else:
        yield from (written(" "), _scalar(value), written("\n"))


def _item(value: Value, depth: int) -> Iterator[Written]:
    """Yield an item of a list, whose first key is in the line of its `-`."""
    if not isinstance(value, Table | list) or not value:
        yield from (written(" "), _scalar(value), written("\n"))
        return
    first = True
    for part in _lines(value, depth + 1):
        if first:
            yield written(f" {part.text.lstrip()}")
        else:
            yield part
        first = False


def _scalar(value: Value) -> Written:
    if isinstance(value, Written) and value.is_known:
        if not value.text or _PLAIN.fullmatch(value.text) is None:
            quoted = value.text.replace("\\", "\\\\").replace('"', '\\"')
            return value.derive('"' + quoted.replace("\n", "\\n") + '"')
        return value
    if isinstance(value, Table | list):
        return written("{}" if isinstance(value, Table) else "[]")
    return written("null") if value is None else shown(value)
