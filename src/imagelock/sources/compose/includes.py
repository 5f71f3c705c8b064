"""Files that a Compose file includes: `include`."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Skipped
from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.paths import below
from imagelock.sources.compose.project import LONGEST_CHAIN
from imagelock.sources.compose.values import read, text_of, texts_of, without_value
from imagelock.sources.compose.variables import of_include
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.compose.file import ComposeFile
    from imagelock.sources.compose.project import Project
    from imagelock.syntax.yaml_json.tree import Node

_MOST: Final = 500
"""How many times a project may include something."""

_Way = tuple[PurePosixPath, ...]


def include(project: Project, file: ComposeFile) -> None:
    """Add to *project* the files that *file* includes, and those that they include.

    A file is read again for each set of variables with which it is included.
    """
    known = set()
    waiting: list[tuple[ComposeFile, _Way]] = [(file, (file.path,))]
    left = _MOST
    while waiting:
        here, way = waiting.pop()
        for found in islice(_included(project, here), left):
            left -= 1
            key = found.path, found.directory, frozenset(found.variables.items())
            if key not in known and found.path not in way:
                known.add(key)
                project.files.append(found)
                if len(way) < LONGEST_CHAIN:
                    waiting.append((found, (*way, found.path)))


def _included(project: Project, file: ComposeFile) -> Iterator[ComposeFile]:
    for document in file.documents:
        node = value_of(document, "include")
        entries = node.items if isinstance(node, Sequence) else (node,)
        for number, entry in enumerate(entries):
            if entry is not None:
                yield from _entry(project, file, entry, f"include[{number}]")


def _entry(
    project: Project, file: ComposeFile, entry: Node, use: str
) -> Iterator[ComposeFile]:
    """Yield the files of one item of `include`, opened with their variables.

    The first path tells the folder of the project, the others are overrides.
    """
    node = entry.get("path") if isinstance(entry, Mapping) else entry
    nodes = node.items if isinstance(node, Sequence) else (node,)
    paths = [_path(project, file, item, use) for item in nodes]
    if not paths or paths[0] is None:
        return
    directory = _directory(file, entry) or paths[0].parent
    variables = of_include(
        _env_files(file, entry),
        directories=(file.directory, directory),
        known=file.variables,
        read=project.read,
    )
    for path, item in zip(paths, nodes, strict=True):
        if path is None or item is None:
            continue
        included = project.open(path, directory, variables)
        if included is None:
            project.miss(file, item, use, "cannot be read")
        else:
            yield included


def _path(
    project: Project, file: ComposeFile, node: Node | None, use: str
) -> PurePosixPath | None:
    value = read(file, node, use)
    if isinstance(value, Skipped):
        project.missing.append(value)
        return None
    if value is None or node is None:
        return None
    path = below(file.directory, value.text)
    if value.meaning.unset:
        where = value.place(0, len(value.text), use)
        project.missing.append(without_value(where, value.meaning.unset))
        return None
    if path is None:
        project.miss(file, node, use, "is not in this project")
    return path


def _directory(file: ComposeFile, entry: Node) -> PurePosixPath | None:
    """Return what an item of `include` says is the folder of the project."""
    node = entry.get("project_directory") if isinstance(entry, Mapping) else None
    known = text_of(file, node)
    return below(file.directory, known) if known else None


def _env_files(file: ComposeFile, entry: Node) -> list[str]:
    node = value_of(entry, "env_file") if isinstance(entry, Mapping) else None
    return texts_of(file, node)
