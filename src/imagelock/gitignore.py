"""Patterns as in a `.gitignore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec


def patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Compile patterns of gitignore; most projects have none of their own."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only who needs it pays

    return GitIgnoreSpec.from_lines(lines)
