"""The variables that a file with scripts in its values sets for these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.plain_numbers import go_text, python_text
from imagelock.sources.shell.word_lexer import PREFIX
from imagelock.syntax.yaml_json.paths import VisitLimit, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from imagelock.model.source_text import Text
    from imagelock.sources.shell.kind import Kind
    from imagelock.syntax.yaml_json.paths import NodeRef

_CHANGED: Final = re.compile(
    r"\b(?P<name>[A-Za-z_]\w*+)\+?="
    r"|\b(?:for|select|read|getopts|mapfile|readarray|unset|printf)\b(?P<names>[^\n;|&]*+)"
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*+")
_COMPUTED: Final = ("{{", "$")


def given_values(start: NodeRef, kind: Kind, text: Text) -> dict[str, str]:
    """Return the variables that a document in *text* sets, each to one plain value."""
    if kind.unknown_with and kind.unknown_with in text.value:
        return {}
    found = _values_by_name(start, kind, text)
    changed = _changed_names(text.value) if found and kind.exports else frozenset()
    given = {}
    for name, (value, *others) in found.items():
        if value is None or others:
            continue
        if kind.variable:
            given[name] = value
        # A script may set it for itself, or for the steps behind it.
        if kind.exports and name not in changed:
            given[f"{PREFIX if kind.variable else ''}{name}"] = value
    return given


def _values_by_name(
    start: NodeRef, kind: Kind, text: Text
) -> dict[str, set[str | None]]:
    """Return the values of each name; `None` is one that is not plain."""
    found: dict[str, set[str | None]] = {}
    for pattern in kind.variables_at:
        for at in select(start, pattern, VisitLimit()):
            value = _plain(text, at.node) if isinstance(at.node, Scalar) else None
            if at.path:
                found.setdefault(str(at.path[1]), set()).add(value)
    return found


def _plain(text: Text, scalar: Scalar) -> str | None:
    """Return what *scalar* is for every program, if it is not computed."""
    value = scalar.value
    if any(mark in value for mark in _COMPUTED):
        return None
    return (
        value if python_text(text, scalar) == value == go_text(text, scalar) else None
    )


def _changed_names(text: str) -> frozenset[str]:
    """Return the names that scripts in *text* may set."""
    names: set[str] = set()
    for match in _CHANGED.finditer(text):
        names.update(_NAME.findall(match["name"] or match["names"] or ""))
    return frozenset(names)
