r"""Shell patterns in `${V#p}`, `${V%p}` and `${V/p/r}`, as BuildKit reads them.

`*` is any text, `?` any character, `\` makes either literal; there are no
brackets (BuildKit, `shell/lex.go`, `convertShellPatternToRegex`). BuildKit's
regular expressions never backtrack. Atomic groups do the same here: the earliest
match of each piece between two stars is always the best.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def trim_prefix(pattern: str, value: str, *, longest: bool) -> str:
    """Return *value* without the prefix that matches *pattern*.

    Raises:
        ValueError: *pattern* has an escape that BuildKit refuses.
    """
    match = _expression(_pieces(pattern), longest=longest).match(value)
    return value[match.end() :] if match else value


def trim_suffix(pattern: str, value: str, *, longest: bool) -> str:
    """Return *value* without the suffix that matches *pattern*.

    Raises:
        ValueError: *pattern* has an escape that BuildKit refuses.
    """
    pieces = [piece[::-1] for piece in reversed(_pieces(pattern))]
    match = _expression(pieces, longest=longest).match(value[::-1])
    return value[: len(value) - match.end()] if match else value


def replace(pattern: str, value: str, replacement: str, *, everywhere: bool) -> str:
    """Return *value* with *replacement* for the first, or every, match.

    Raises:
        ValueError: *pattern* has an escape that BuildKit refuses.
    """
    pieces = _pieces(pattern)
    # Stars alone match everything, and Go does not match once more at the end.
    only_stars = len(pieces) > 1 and not any(pieces)
    first_only = only_stars or not everywhere
    expression = _expression(pieces, longest=True)
    return expression.sub(lambda _: replacement, value, count=1 if first_only else 0)


def _pieces(pattern: str) -> list[list[str]]:
    """Return the pieces between the stars, each a list of single-character regexes."""
    pieces: list[list[str]] = [[]]
    for atom in _atoms(pattern):
        if atom == "*":
            pieces.append([])
        else:
            pieces[-1].append(atom)
    return pieces


def _atoms(pattern: str) -> Iterator[str]:
    escaped = False
    for character, following in pairwise([*pattern, ""]):
        if escaped:
            escaped = False
            yield re.escape(character)
        elif character != "\\":
            wildcards = {"*": "*", "?": "."}
            yield wildcards.get(character) or re.escape(character)
        elif following in {"*", "?", "\\", "}", "/"} and following:
            escaped = True
        else:
            raise ValueError(f"the pattern has `\\{following}`")


def _expression(pieces: Iterable[list[str]], *, longest: bool) -> re.Pattern[str]:
    first, *others = ("".join(piece) for piece in pieces)
    lazy = [f"(?>.*?{piece})" for piece in others[:-1]]
    last = [f"(?>.*{'' if longest else '?'}{piece})" for piece in others[-1:]]
    return re.compile("".join([first, *lazy, *last]))
