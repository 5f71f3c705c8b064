"""Which value a variable has in a Compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.compose_paths import below
from imagelock.sources.dotenv import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.text import Text

    Read = Callable[[PurePosixPath], Text | None]

PROJECT_NAME: Final = "COMPOSE_PROJECT_NAME"
"""The variable that Compose sets by itself."""

_DOTENV: Final = ".env"
_NO_FILE: Final = "/dev/null"


def of_project(
    directory: PurePosixPath, context: Context, read: Read
) -> dict[str, str]:
    """Return the variables of a project whose main file lies in *directory*.

    The environment beats the configuration, which beats `.env`. The `env_file`
    and the `environment` of a service take no part.
    """
    given = {**context.variables, **context.environment}
    return of_files([below(directory, _DOTENV)], given, read)


def of_include(
    env_files: Sequence[str],
    *,
    directories: tuple[PurePosixPath, PurePosixPath],
    known: Mapping[str, str],
    read: Read,
) -> dict[str, str]:
    """Return the variables of an included file, of which the *known* ones win.

    *directories* are those of the file that includes and of the one that is
    included, where an `.env` counts if there are no *env_files*.
    """
    outer, inner = directories
    if not env_files:
        return of_files([below(inner, _DOTENV)], known, read)
    paths = [below(outer, file) for file in env_files if file != _NO_FILE]
    return of_files(paths, known, read)


def of_files(
    paths: Iterable[PurePosixPath | None], known: Mapping[str, str], read: Read
) -> dict[str, str]:
    """Return *known* and what the files at *paths* add, the last one first."""
    values: dict[str, str] = {}
    for path in paths:
        text = read(path) if path else None
        if text is not None:
            entries = parse(text.value, {**values, **known})
            values |= {name: entry.value for name, entry in entries.items()}
    return {**values, **known}
