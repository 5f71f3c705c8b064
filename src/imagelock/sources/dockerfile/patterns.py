r"""Shell patterns in `${V#p}`, `${V%p}` and `${V/p/r}`, as BuildKit reads them.

`*` is any text, `?` any character, `\` makes either literal; there are no
brackets (buildkit, `shell/lex.go`, `convertShellPatternToRegex`). BuildKit's
regular expressions never backtrack; here atomic groups see to that, which is the
same because the earliest place for each piece between two stars is the best.
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
    # Nothing but stars matches everything, and in Go not once more behind it.
    only_stars = len(pieces) > 1 and not any(pieces)
    once = only_stars or not everywhere
    expression = _expression(pieces, longest=True)
    return expression.sub(lambda _: replacement, value, count=1 if once else 0)


def _pieces(pattern: str) -> list[list[str]]:
    """Return what stands between the stars: expressions of one character each."""
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
            wild = {"*": "*", "?": "."}
            yield wild.get(character) or re.escape(character)
        elif following in {"*", "?", "\\", "}", "/"} and following:
            escaped = True
        else:
            raise ValueError(f"the pattern has `\\{following}`")


def _expression(pieces: Iterable[list[str]], *, longest: bool) -> re.Pattern[str]:
    first, *others = ("".join(piece) for piece in pieces)
    lazy = [f"(?>.*?{piece})" for piece in others[:-1]]
    last = [f"(?>.*{'' if longest else '?'}{piece})" for piece in others[-1:]]
    return re.compile("".join([first, *lazy, *last]))
