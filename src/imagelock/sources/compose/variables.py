"""Values of the variables in a Compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.syntax.dotenv import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

    ReadText = Callable[[PurePosixPath], Text | None]

PROJECT_NAME: Final = "COMPOSE_PROJECT_NAME"
"""The variable that Compose sets by itself."""

_CONFIGURATION: Final = "[variables] in the configuration"
_ENVIRONMENT: Final = "the environment"
_DOTENV: Final = ".env"
_NO_FILE: Final = "/dev/null"


class ComposeVariables(dict[str, str]):
    """Values of variables by name, with the origins of the values.

    It is a dict, as the rest of the code takes any mapping. `origins` has those
    that are known: `.env:3`, a line of a file, or words.
    """

    def __init__(self, values: Mapping[str, str], origins: Mapping[str, str]) -> None:
        super().__init__(values)
        self.origins = dict(origins)


def origin_of(variables: Mapping[str, str], name: str) -> str | None:
    """Return where the variable *name* was set, if it is known."""
    if name not in variables:
        return "its default, beside its name"
    origins = variables.origins if isinstance(variables, ComposeVariables) else {}
    return origins.get(name)


def project_variables(
    directory: PurePosixPath, context: Context, read: ReadText
) -> dict[str, str]:
    """Return the variables of a project whose main file is in *directory*.

    The environment overrides the configuration, which overrides `.env`. The
    `env_file` and the `environment` of a service do not count.
    """
    given = ComposeVariables(
        {**context.variables, **context.environment},
        dict.fromkeys(context.variables, _CONFIGURATION)
        | dict.fromkeys(context.environment, _ENVIRONMENT),
    )
    return _with_env_files([path_below(directory, _DOTENV)], given, read)


def include_variables(
    env_files: Sequence[str],
    *,
    directories: tuple[PurePosixPath, PurePosixPath],
    outer: Mapping[str, str],
    read: ReadText,
) -> dict[str, str]:
    """Return the variables of an included file; the *outer* variables win.

    *directories* are those of the including and of the included file. Without any
    *env_files*, the `.env` of the second counts.
    """
    including, included = directories
    if not env_files:
        return _with_env_files([path_below(included, _DOTENV)], outer, read)
    paths = [path_below(including, file) for file in env_files if file != _NO_FILE]
    return _with_env_files(paths, outer, read)


def _with_env_files(
    paths: Iterable[PurePosixPath | None], given: Mapping[str, str], read: ReadText
) -> dict[str, str]:
    """Return *given* with the further variables of the files at *paths*.

    A later file overrides an earlier one.
    """
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for path in paths:
        text = read(path) if path else None
        if text is not None:
            entries = parse(text.value, {**values, **given})
            values |= {name: entry.value for name, entry in entries.items()}
            origins |= {n: f"{path}:{entry.line}" for n, entry in entries.items()}
    given_origins = given.origins if isinstance(given, ComposeVariables) else {}
    origins = {name: origin for name, origin in origins.items() if name not in given}
    return ComposeVariables({**values, **given}, {**origins, **given_origins})
