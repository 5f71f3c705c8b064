"""Global options, which may stand before or after the command."""

from __future__ import annotations

from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS: Final = {"--quiet", "--verbose", "--no-cache", "--offline"}
_LETTERS: Final = frozenset("qv")
_WITH_VALUE: Final = {"--color", "--project", "--config"}


def split_global_options(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split *arguments* into the global options, and the command with its arguments.

    Global options may come before or after the command; arguments after `--` are
    never options.
    """
    global_options: list[str] = []
    command_line: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            command_line += [argument, *remaining]
        elif _is_flag(name := argument.partition("=")[0]) or name in _WITH_VALUE:
            global_options.append(argument)
            if argument in _WITH_VALUE and (value := next(remaining, None)) is not None:
                global_options.append(value)
        else:
            command_line.append(argument)
    return global_options, command_line


def _is_flag(name: str) -> bool:
    dash, letters = name[:1], name[1:]
    is_short = dash == "-" and bool(letters) and _LETTERS.issuperset(letters)
    return is_short or name in _FLAGS
