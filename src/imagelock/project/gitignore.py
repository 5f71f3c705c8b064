"""Patterns in the syntax of `.gitignore` files."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec

_STARS: Final = re.compile(r"(\\.)|\*{3,}", re.DOTALL)


def compile_patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile gitignore patterns from the settings.

    Raises:
        ConfigurationError: a line is not a pattern.
    """
    lines = list(lines)
    if (spec := _compiled(lines)) is not None:
        return spec
    wrong = next((line for line in lines if _compiled([line]) is None), "")
    raise ConfigurationError(
        f"`{wrong}` is not a gitignore pattern",
        hint="`*`, `**`, `?` and `[a-z]` are wildcards; put `\\` before them to mean"
        " the characters themselves",
    )


def compile_valid_patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile the patterns among *lines*; like git, ignore lines that are none."""
    lines = list(lines)
    if (spec := _compiled(lines)) is not None:
        return spec
    return compile_patterns(line for line in lines if _compiled([line]) is not None)


def _compiled(lines: list[str]) -> GitIgnoreSpec | None:
    """Return *lines* compiled; `None` if one of them is not a pattern."""
    from pathspec import GitIgnoreSpec  # many projects need none

    try:
        # Python warns about characters that future regular expressions may use.
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            return GitIgnoreSpec.from_lines(
                _STARS.sub(_single_star, line) for line in lines
            )
    except (ValueError, re.error):
        return None


def _single_star(match: re.Match[str]) -> str:
    """Collapse `***` to `*`, which means the same but matches in linear time."""
    return match[1] or "*"
