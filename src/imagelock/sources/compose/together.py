"""Files that Compose reads together: those of `COMPOSE_FILE`, and overrides.

    COMPOSE_FILE=compose.yaml:deploy/prod.yaml    in an `.env`, or given
    compose.override.yaml                         beside `compose.yaml`

The first file tells the folder of the project, and the `.env` of the folder that
lists them counts for all (Docker, "Merge Compose files" and "Set or change
pre-defined environment variables").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.sources.compose.paths import below
from imagelock.sources.compose.variables import of_project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from imagelock.sources.compose.variables import Read
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
"""The names that Compose looks for, in its order (compose-go, `cli/options.go`)."""


@dataclass(frozen=True, slots=True)
class Together:
    """The *files* of a project in their order, its folder, and its variables."""

    files: tuple[PurePosixPath, ...]
    directory: PurePosixPath
    variables: Mapping[str, str]


def together(path: PurePosixPath, context: Context, read: Read) -> Together:
    """Return with which other files Compose reads the one at *path*."""
    is_given = _LIST in context.variables or _LIST in context.environment
    # What is given counts from the root, where the caller is.
    for folder in (path.parents[-1],) if is_given else path.parents:
        variables = of_project(folder, context, read)
        files = _listed(folder, variables)
        if path in files:
            return Together(files, files[0].parent, variables)
    files = (path,)
    if _OVERRIDE.fullmatch(path.name):
        bases = (path.with_name(name) for name in _BASES)
        base = next((base for base in bases if read(base) is not None), None)
        files = (base, path) if base else files
    variables = of_project(path.parent, context, read)
    return Together(files, path.parent, variables)


def _listed(
    folder: PurePosixPath, variables: Mapping[str, str]
) -> tuple[PurePosixPath, ...]:
    """Return the files that `COMPOSE_FILE` in *folder* lists, inside the project."""
    value = variables.get(_LIST, "")
    # Of Windows it is the semicolon, and paths there can have a colon.
    separator = variables.get(_SEPARATOR) or (";" if ";" in value else ":")
    names = islice(value.split(separator), _MOST)
    paths = (below(folder, name) for name in names)
    return tuple(path for path in paths if path is not None)
