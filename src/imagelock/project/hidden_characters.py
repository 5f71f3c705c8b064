"""Characters that let text look to people as what it is not to a parser.

YAML 1.1, which libyaml and go-yaml read, ends a line at U+0085, U+2028, U+2029
and a lone CR (yaml.org/spec/1.1, section 4.2). Editors show no new line there,
so that what follows a comment seems to belong to it. Controls of the direction
of writing change the order in which any text is shown (CVE-2021-42574).
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
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BREAKS: Final = re.compile(f"[{_BREAK}\r]")
_NAMES: Final = {"\r": "CARRIAGE RETURN", "\x85": "NEXT LINE"}
_MOST: Final = 100
"""How many lines of a file are reported: a file can consist of them."""


def hidden(path: PurePosixPath, text: Text) -> Iterator[Finding]:
    """Yield at most one finding for each line of the file at *path*."""
    if _SUSPECT.search(text.value):
        yield from islice(_lines(path, text), _MOST)


def _lines(path: PurePosixPath, text: Text) -> Iterator[Finding]:
    offset = 0
    for line in text.value.split("\n"):
        if turning := _TURNING.search(line):
            at = turning.start()
            words = "it changes the order in which the line is shown"
            yield _finding(path, text, offset + at, words)
        elif is_yaml(path) and (new := _behind_comment(line)) is not None:
            words = "what follows looks like a comment, and is none to a YAML parser"
            yield _finding(path, text, offset + new, words)
        offset += len(line) + 1


def _behind_comment(line: str) -> int | None:
    """Return where a comment ends within *line*, with text behind it."""
    sign = _COMMENT.search(line)
    if sign is None:
        return None
    # At the end of the line it hides nothing.
    match = _BREAKS.search(line, sign.end(), len(line.rstrip()))
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
