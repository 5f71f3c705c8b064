r"""Unit files of systemd, as Podman's Quadlet parses them.

    # comment   ; comment
    [Section]
    Key=value that goes on \
        in the next line

White space around a line is ignored, a continued line loses its backslash, and
comments between its parts are left out (Podman,
`pkg/systemd/parser/unitfile.go`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json.source_slice import SourceSlice

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE: Final = re.compile(r"[^\n]*+(?:\n|\Z)")
_SECTION: Final = re.compile(r"\[([^\]\[]++)\][ \t]*+")


@dataclass(frozen=True, slots=True)
class Assignment:
    """`key=value` in a section; `value` has no blanks or quotes around it."""

    section: str
    key: str
    value: SourceSlice


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that makes Quadlet refuse the file, and why."""

    line: SourceSlice
    detail: str


def assignments(text: str) -> Iterator[Assignment | Malformed]:
    """Yield the assignments of *text*, in order, except those of empty values."""
    section = ""
    for line in _lines(text):
        if match := _SECTION.fullmatch(line.text):
            section = match[1]
            continue
        key, separator, _ = line.text.partition("=")
        if not key or not separator:
            yield Malformed(line, "it is no `Key=value`, section or comment")
        elif not section:
            yield Malformed(line, "it stands in no section")
        else:
            value = _unquoted(line.part(len(key) + 1, len(line.text)).strip())
            if value.text:
                yield Assignment(section, key.rstrip(), value)


def _lines(text: str) -> Iterator[SourceSlice]:
    """Yield the lines that are not comments, continued ones joined."""
    parts: list[tuple[int, int]] = []
    for match in _LINE.finditer(text):
        line = match[0].strip()
        if not line or line[0] in "#;":
            continue
        start = match.start() + match[0].index(line[0])
        end = start + len(line)
        if line.endswith("\\"):
            parts.append((start, end - 1))
        else:
            yield SourceSlice.of(text, [*parts, (start, end)])
            parts = []
    if any(start < end for start, end in parts):
        yield SourceSlice.of(text, parts)


def _unquoted(value: SourceSlice) -> SourceSlice:
    is_quoted = len(value.text) > 1 and value.text[0] == value.text[-1] == '"'
    return value.part(1, -1) if is_quoted else value
