"""Whether a stream is a terminal, how wide it is, and whether it has colors."""

from __future__ import annotations

import os
from enum import StrEnum

from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.report.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

_DEFAULT_WIDTH: Final = 80


class ColorChoice(StrEnum):
    """When to use colors."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def style_of(stream: TextIO, choice: ColorChoice) -> Style:
    """Return how text looks on *stream*.

    Without a *choice*, `NO_COLOR` (no-color.org) and `FORCE_COLOR` (force-color.org)
    decide about colors, else whether *stream* is a terminal that has colors.
    """
    is_terminal = stream.isatty()
    return Style(
        color=_has_color(choice, is_terminal=is_terminal),
        width=_width(stream) if is_terminal else None,
    )


def chosen_color(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> ColorChoice:
    """Return what *arguments* or *environment* choose, for errors before they are read.

    A choice that is not valid is none.
    """
    choice = environment.get("IMAGELOCK_COLOR", "")
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = argument.partition("=")
        if name == "--color":
            choice = value if equals else following
    return ColorChoice(choice) if choice in set(ColorChoice) else ColorChoice.AUTO


def _has_color(choice: ColorChoice, *, is_terminal: bool) -> bool:
    if choice is not ColorChoice.AUTO:
        return choice is ColorChoice.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def _width(stream: TextIO) -> int:
    """Return the columns of the terminal *stream*; `COLUMNS` overrides it."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
