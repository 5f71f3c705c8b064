"""Characters that make a file look different to people than to parsers.

YAML 1.1, which libyaml and go-yaml read, ends a line at U+0085, U+2028, U+2029
and a lone CR (yaml.org/spec/1.1, section 4.2). Editors show no line break there,
so that text after a comment looks like a part of the comment. Bidirectional
controls change the order in which text is displayed (CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_yaml
from imagelock.model.finding import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text

_BREAK: Final = "\x85\u2028\u2029"
_SUSPECT: Final = re.compile(f"[{_BREAK}\u202a-\u202e\u2066-\u2069]|\r(?!\n)")
_COMMENT: Final = re.compile(r"(?<![^\s])#")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BREAKS: Final = re.compile(f"[{_BREAK}\r]")
_NAMES: Final = {"\r": "CARRIAGE RETURN", "\x85": "NEXT LINE"}
_MOST: Final = 100
"""Lines of a file that are reported; every line of a file can be one."""


def find_hidden_characters(path: PurePosixPath, text: Text) -> Iterator[Finding]:
    """Yield at most one finding for each line of the file at *path*."""
    if _SUSPECT.search(text.value):
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
    name = _NAMES.get(character) or unicodedata.name(character)
    return Finding(
        rule=Rule.HIDDEN_CONTENT,
        severity=Rule.HIDDEN_CONTENT.severity,
        message=f"U+{ord(character):04X} ({name}): {words}",
        path=path,
        span=text.span(at, at + 1),
        hint="remove the character",
    )
