"""Values in a line of any format: the words that may be a reference."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(
    r"(?:\$\{[^{}\n]*+\}|\$?\{\{[^{}\n]*+\}\}|\$\([^()\n]*+\)|[^\s\"'`,;()\[\]<>=|{}])++"
)
_NAME: Final = r"[A-Za-z0-9][\w.-]*+(?::[0-9]++(?=/))?(?:/[\w.-]++)*+"
_REFERENCE: Final = re.compile(
    rf"(?:{_NAME})(?P<version>(?::[\w.-]++)?(?:@[\w.+:-]++)?)"
)
_VARIABLE: Final = re.compile(r"\$|\{\{")
_ASSIGNMENT: Final = re.compile(r"[=:]\s*+\Z")
_QUOTES: Final = ("'", '"', "`")


def likely_references(line: str, *, is_code: bool) -> list[tuple[int, int]]:
    """Return the ranges of *line* that are most likely references.

    Those with a tag, a digest or a variable come before those with only a path, and
    these before a bare name, which counts in quotes, behind `=` or `:`, or alone in its
    line. In code, whatever is not in quotes is no text.
    """
    tagged, paths, names = [], [], []
    words = list(_WORD.finditer(line))
    for word in words:
        before = line[: word.start()]
        match = _REFERENCE.fullmatch(word[0])
        if _VARIABLE.search(word[0]):
            tagged.append(word.span())
        elif match is None:
            continue
        elif match["version"]:
            tagged.append(word.span())
        elif "/" in word[0]:
            paths.append(word.span())
        elif before.endswith(_QUOTES) or (
            not is_code and (_ASSIGNMENT.search(before) or len(words) == 1)
        ):
            names.append(word.span())
    return tagged or paths or names
