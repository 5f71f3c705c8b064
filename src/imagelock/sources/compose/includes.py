"""Files that a Compose file includes: `include`."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Skipped
from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.project import LONGEST_CHAIN
from imagelock.sources.compose.values import (
    image_in,
    text_of,
    texts_of,
    unset_variables,
    value_at,
)
from imagelock.sources.compose.variables import include_variables
from imagelock.sources.context import path_below
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.compose.file import ComposeFile
    from imagelock.sources.compose.project import ComposeProject
    from imagelock.syntax.yaml_json.tree import Node

_MOST: Final = 500
"""How many includes a project may have."""

_OCI: Final = "oci://"
"""Before a Compose project in a registry: `docker compose publish`."""

_Chain = tuple[PurePosixPath, ...]


def add_includes(project: ComposeProject, file: ComposeFile) -> None:
    """Add to *project* the files that *file* includes, and those that they include.

    A file is read again for each set of variables with which it is included.
    """
    seen = set()
    waiting: list[tuple[ComposeFile, _Chain]] = [(file, (file.path,))]
    remaining = _MOST
    while waiting:
        including, chain = waiting.pop()
        for included in islice(_included(project, including), remaining):
            remaining -= 1
            variables = frozenset(included.variables.items())
            together = project.layers(included)
            paths = tuple(each.path for each in together)
            key = included.path, included.directory, variables, paths
            if key not in seen and included.path not in chain:
                seen.add(key)
                project.files.append(included)
                if len(chain) < LONGEST_CHAIN:
                    waiting.append((included, (*chain, included.path)))


def _included(project: ComposeProject, file: ComposeFile) -> Iterator[ComposeFile]:
    for document in file.documents:
        node = value_of(document, "include")
        entries = node.items if isinstance(node, Sequence) else (node,)
        for number, entry in enumerate(entries):
            if entry is not None:
                yield from _entry(project, file, entry, f"include[{number}]")


def _entry(
    project: ComposeProject, file: ComposeFile, entry: Node, use: str
) -> Iterator[ComposeFile]:
    """Yield the files of an item of `include`, opened with their variables.

    The folder of the first path is that of the project; the others are overrides of it
    (compose-go, `loader/include.go`).
    """
    node = entry.get("path") if isinstance(entry, Mapping) else entry
    nodes = node.items if isinstance(node, Sequence) else (node,)
    paths = [_path(project, file, item, use) for item in nodes]
    if not paths or paths[0] is None:
        return
    directory = _directory(file, entry) or paths[0].parent
    variables = include_variables(
        _env_files(file, entry),
        directories=(file.directory, directory),
        outer=file.variables,
        read=project.read,
    )
    files: list[ComposeFile] = []
    for path, item in zip(paths, nodes, strict=True):
        if path is None or item is None:
            continue
        included = project.open(path, directory, variables)
        if included is None:
            project.report_missing(file, item, use, "cannot be read")
        else:
            files.append(included)
    if len(files) > 1:
        together = tuple(files)
        project.included_together |= {id(each): together for each in files}
    yield from files


def _path(
    project: ComposeProject, file: ComposeFile, node: Node | None, use: str
) -> PurePosixPath | None:
    value = value_at(file, node, use)
    if isinstance(value, Skipped):
        project.missing.append(value)
        return None
    if value is None or node is None:
        return None
    if value.text.startswith(_OCI):
        project.missing.append(image_in(value, use, len(_OCI)))
        return None
    path = path_below(file.directory, value.text)
    if value.meaning.unset:
        place = value.place(0, len(value.text), use)
        project.missing.append(unset_variables(place, value.meaning.unset))
        return None
    if path is None:
        project.report_missing(file, node, use, "is not in this project")
    return path


def _directory(file: ComposeFile, entry: Node) -> PurePosixPath | None:
    """Return the `project_directory` of an item of `include`."""
    node = entry.get("project_directory") if isinstance(entry, Mapping) else None
    directory = text_of(file, node)
    return path_below(file.directory, directory) if directory else None


def _env_files(file: ComposeFile, entry: Node) -> list[str]:
    node = value_of(entry, "env_file") if isinstance(entry, Mapping) else None
    return texts_of(file, node)
