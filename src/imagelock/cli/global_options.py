"""Let the global options stand before or behind the command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS: Final = re.compile(r"-[qv]+|--quiet|--verbose")
_WITH_VALUE: Final = {"--color", "--project", "--config"}


def globals_apart(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the global options in *arguments*, and the rest: a command first.

    What comes behind `--` is left alone.
    """
    moved: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif _FLAGS.fullmatch(argument) or argument.partition("=")[0] in _WITH_VALUE:
            moved.append(argument)
            if argument in _WITH_VALUE:
                moved += [value for value in [next(waiting, None)] if value is not None]
        else:
            rest.append(argument)
    return moved, rest
