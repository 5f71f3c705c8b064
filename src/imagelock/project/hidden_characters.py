"""Characters that make a file look different to people than to parsers.

Editors show no line break at those of YAML that are unusual, so that text after a
comment looks like a part of the comment. Bidirectional controls change the order in
which text is displayed (CVE-2021-42574).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_yaml
from imagelock.model.finding import Finding, Rule
from imagelock.syntax.line_breaks import UNUSUAL_BREAKS, has_unusual_breaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text

_COMMENT: Final = re.compile(r"(?<![^\s])#")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BREAKS: Final = re.compile(f"[{UNUSUAL_BREAKS}\r]")
_NAMES: Final = {"\r": "CARRIAGE RETURN", "\x85": "NEXT LINE"}
_MOST: Final = 100
"""Lines of a file that are reported; every line of a file can be one."""


def find_hidden_characters(path: PurePosixPath, text: Text) -> Iterator[Finding]:
    """Yield at most one finding for each line of the file at *path*."""
    value = text.value
    if has_unusual_breaks(value) or (not value.isascii() and _BIDI.search(value)):
        yield from islice(_lines(path, text), _MOST)


def _lines(path: PurePosixPath, text: Text) -> Iterator[Finding]:
    offset = 0
    for line in text.value.split("\n"):
        if control := _BIDI.search(line):
            at = control.start()
            words = "it changes the order in which the line is displayed"
            yield _finding(path, text, offset + at, words)
        elif is_yaml(path) and (new := _behind_comment(line)) is not None:
            words = "the text after it looks like a comment, but YAML parsers read it"
            yield _finding(path, text, offset + new, words)
        offset += len(line) + 1


def _behind_comment(line: str) -> int | None:
    """Return the index of a break in *line* that ends a comment before its end."""
    comment = _COMMENT.search(line)
    if comment is None:
        return None
    # At the end of the line it hides nothing.
    match = _BREAKS.search(line, comment.end(), len(line.rstrip()))
    return match.start() if match else None


def _finding(path: PurePosixPath, text: Text, at: int, words: str) -> Finding:
    character = text.value[at]
    import unicodedata  # few files have such a character

    name = _NAMES.get(character) or unicodedata.name(character)
    return Finding(
        rule=Rule.HIDDEN_CONTENT,
        severity=Rule.HIDDEN_CONTENT.severity,
        message=f"U+{ord(character):04X} ({name}): {words}",
        path=path,
        span=text.span(at, at + 1),
        hint="remove the character",
    )
