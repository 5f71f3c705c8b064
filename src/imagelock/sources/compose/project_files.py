"""Files that Compose merges: those of `COMPOSE_FILE`, and overrides.

    COMPOSE_FILE=compose.yaml:deploy/prod.yaml    in an `.env`, or given
    compose.override.yaml                         beside `compose.yaml`

The folder of the first file is that of the project, and the `.env` of the folder
that lists them counts for all (Docker, "Merge Compose files" and "Set or change
pre-defined environment variables").
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.compose.variables import project_variables
from imagelock.sources.context import path_below

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from imagelock.sources.compose.variables import ReadText
    from imagelock.sources.context import Context

_LIST: Final = "COMPOSE_FILE"
_SEPARATOR: Final = "COMPOSE_PATH_SEPARATOR"
_MOST: Final = 100
_OVERRIDE: Final = re.compile(r"(?:docker-)?compose\.override\.ya?ml")
_BASES: Final = (
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
)
"""The default file names of Compose, in its order (compose-go, `cli/options.go`)."""

_OVERRIDES: Final = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@dataclass(frozen=True, slots=True)
class MergedPaths:
    """The paths of files that Compose merges, in order, their folder and variables."""

    paths: tuple[PurePosixPath, ...]
    directory: PurePosixPath
    variables: Mapping[str, str]


def project_files(
    path: PurePosixPath,
    context: Context,
    read: ReadText,
    *,
    with_override: bool = False,
) -> MergedPaths:
    """Return the paths that Compose merges with *path*, including *path* itself.

    *with_override*, they include the override beside it.
    """
    is_given = _LIST in context.variables or _LIST in context.environment
    # A given list is relative to the root, where the caller is.
    for folder in (path.parents[-1],) if is_given else path.parents:
        variables = project_variables(folder, context, read)
        paths = _listed_paths(folder, variables)
        if path in paths:
            return MergedPaths(paths, paths[0].parent, variables)
    paths = (path,)
    if _OVERRIDE.fullmatch(path.name):
        bases = (path.with_name(name) for name in _BASES)
        base = next((base for base in bases if read(base) is not None), None)
        paths = (base, path) if base else paths
    elif with_override and path.name in _BASES:
        overrides = (path.with_name(name) for name in _OVERRIDES)
        override = next((each for each in overrides if read(each) is not None), None)
        paths = (path, override) if override else paths
    variables = project_variables(path.parent, context, read)
    return MergedPaths(paths, path.parent, variables)


def _listed_paths(
    folder: PurePosixPath, variables: Mapping[str, str]
) -> tuple[PurePosixPath, ...]:
    """Return the paths in `COMPOSE_FILE` of *folder* that are in the project."""
    value = variables.get(_LIST, "")
    # On Windows it is a semicolon, and paths can have a colon.
    separator = variables.get(_SEPARATOR) or (";" if ";" in value else ":")
    names = islice(value.split(separator), _MOST)
    paths = (path_below(folder, name) for name in names)
    return tuple(path for path in paths if path is not None)
