"""Patterns as in a `.gitignore`."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec

_STARS: Final = re.compile(r"(\\.)|\*{3,}", re.DOTALL)


def patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile patterns of gitignore that are settings.

    Raises:
        ConfigurationError: one of them is no such pattern.
    """
    wanted = list(lines)
    if (spec := _compiled(wanted)) is not None:
        return spec
    wrong = next((line for line in wanted if _compiled([line]) is None), "")
    raise ConfigurationError(
        f"`{wrong}` is not a pattern of gitignore",
        hint="`*`, `**`, `?` and `[a-z]` stand for something, and `\\` before them"
        " for themselves",
    )


def readable(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile those of *lines* that are patterns: others match nothing for git."""
    wanted = list(lines)
    if (spec := _compiled(wanted)) is not None:
        return spec
    return patterns(line for line in wanted if _compiled([line]) is not None)


def _compiled(lines: list[str]) -> GitIgnoreSpec | None:
    """Return *lines* as one; `None` if one of them is no pattern."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only who needs it pays

    try:
        # Python warns of signs that may mean something else to it in time to come.
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            return GitIgnoreSpec.from_lines(_STARS.sub(_one, line) for line in lines)
    except (ValueError, re.error):
        return None


def _one(match: re.Match[str]) -> str:
    """Return one star for more than two, which mean the same but take ages."""
    return match[1] or "*"
