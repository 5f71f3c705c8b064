"""Which value a variable has in a Compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.compose.paths import below
from imagelock.syntax.dotenv import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

    Read = Callable[[PurePosixPath], Text | None]

PROJECT_NAME: Final = "COMPOSE_PROJECT_NAME"
"""The variable that Compose sets by itself."""

_CONFIGURATION: Final = "[variables] in the configuration"
_ENVIRONMENT: Final = "the environment"
_DOTENV: Final = ".env"
_NO_FILE: Final = "/dev/null"


class Variables(dict[str, str]):
    """Values by their names, which know where each was set.

    It inherits, because everything else takes them for a plain dict. `origins`
    has what is known: `.env:3`, a line of a file, or words.
    """

    def __init__(self, values: Mapping[str, str], origins: Mapping[str, str]) -> None:
        super().__init__(values)
        self.origins = dict(origins)


def origin(variables: Mapping[str, str], name: str) -> str | None:
    """Return where the variable *name* of *variables* was set, if it is known."""
    if name not in variables:
        return "its default, beside its name"
    origins = variables.origins if isinstance(variables, Variables) else {}
    return origins.get(name)


def of_project(
    directory: PurePosixPath, context: Context, read: Read
) -> dict[str, str]:
    """Return the variables of a project whose main file lies in *directory*.

    The environment beats the configuration, which beats `.env`. The `env_file`
    and the `environment` of a service take no part.
    """
    given = Variables(
        {**context.variables, **context.environment},
        dict.fromkeys(context.variables, _CONFIGURATION)
        | dict.fromkeys(context.environment, _ENVIRONMENT),
    )
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
    origins: dict[str, str] = {}
    for path in paths:
        text = read(path) if path else None
        if text is not None:
            entries = parse(text.value, {**values, **known})
            values |= {name: entry.value for name, entry in entries.items()}
            origins |= {n: f"{path}:{entry.line}" for n, entry in entries.items()}
    own = known.origins if isinstance(known, Variables) else {}
    origins = {name: at for name, at in origins.items() if name not in known}
    return Variables({**values, **known}, {**origins, **own})
