"""Values of the variables in a Compose file."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import VariableAssignment
from imagelock.sources.context import path_below
from imagelock.syntax.dotenv import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.dotenv import EnvEntry

    ReadText = Callable[[PurePosixPath], Text | None]

PROJECT_NAME: Final = "COMPOSE_PROJECT_NAME"
"""The variable that Compose sets by itself."""

_CONFIGURATION: Final = "[variables] in the configuration"
_ENVIRONMENT: Final = "the environment"
_DOTENV: Final = ".env"
_MOST_ASSIGNMENTS: Final = 20
"""How many assignments may decide a variable; each may name the ones before it."""
_NO_FILE: Final = "/dev/null"


class ComposeVariables(dict[str, str]):
    """Values of variables by name, with the origins of the values.

    It is a dict, as the rest of the code takes any mapping. `origins` has those
    that are known: `.env:3`, a line of a file, or words. `assignments` has the
    values that files write, those of the variables in them included.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        origins: Mapping[str, str],
        assignments: Mapping[str, tuple[VariableAssignment, ...]],
    ) -> None:
        super().__init__(values)
        self.origins = dict(origins)
        self.assignments = dict(assignments)


def origin_of(variables: Mapping[str, str], name: str) -> str | None:
    """Return where the variable *name* was set, if it is known."""
    if name not in variables:
        return "its default, beside its name"
    origins = variables.origins if isinstance(variables, ComposeVariables) else {}
    return origins.get(name)


def assignments_of(
    variables: Mapping[str, str], names: Iterable[str]
) -> tuple[VariableAssignment, ...]:
    """Return the values of the variables *names* that files write."""
    if not isinstance(variables, ComposeVariables):
        return ()
    found = (variables.assignments.get(name, ()) for name in names)
    return tuple(dict.fromkeys(chain.from_iterable(found)))


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
        {},
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
    assignments: dict[str, tuple[VariableAssignment, ...]] = {}
    for path in paths:
        text = read(path) if path else None
        if path is not None and text is not None:
            entries = parse(text.value, {**values, **given})
            values |= {name: entry.value for name, entry in entries.items()}
            origins |= {n: f"{path}:{entry.line}" for n, entry in entries.items()}
            for name, entry in entries.items():
                own = _assignment(name, entry, path, text)
                assignments[name] = _with_inner(own, entry.names, assignments)
    known = given if isinstance(given, ComposeVariables) else None
    for name in given:
        origins.pop(name, None)
        assignments.pop(name, None)
    return ComposeVariables(
        {**values, **given},
        {**origins, **(known.origins if known else {})},
        {**assignments, **(known.assignments if known else {})},
    )


def _assignment(
    name: str, entry: EnvEntry, path: PurePosixPath, text: Text
) -> VariableAssignment | None:
    """Return the value in the file at *path*, unless it only passes a variable on."""
    if entry.start == entry.end:
        return None
    written = text.value[entry.start : entry.end]
    return VariableAssignment(name, path, text.span(entry.start, entry.end), written)


def _with_inner(
    own: VariableAssignment | None,
    names: Iterable[str],
    assignments: Mapping[str, tuple[VariableAssignment, ...]],
) -> tuple[VariableAssignment, ...]:
    """Return *own* and those of the variables *names* in it, each once."""
    inner = chain.from_iterable(assignments.get(name, ()) for name in names)
    found = dict.fromkeys([*([own] if own else []), *inner])
    return tuple(islice(found, _MOST_ASSIGNMENTS))
