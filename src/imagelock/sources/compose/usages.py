"""The files that a Compose project uses: Dockerfiles, and parts of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.compose.merged_build import merged_build
from imagelock.sources.relations import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.compose.file import ComposeFile
    from imagelock.sources.compose.project import ComposeProject


def usages(project: ComposeProject, main: ComposeFile) -> Iterator[Usage]:
    """Yield the files that *main* includes and extends, and what its builds use.

    Of merged files, the build of a service is the one that they have together.
    """
    parts: dict[PurePosixPath, None] = {}
    seen: set[tuple[int, str]] = set()
    for file in project.files:
        parts[file.path] = None
    for file, service in project.services():
        parts[file.path] = None
        layers = project.layers(file)
        key = id(layers[0]), service.name
        if key not in seen:
            seen.add(key)
            build = merged_build(project, file, service.name)
            if build is not None and build.dockerfile and build.inline is None:
                names = frozenset(entry.name for entry in build.contexts)
                yield Usage(path=build.dockerfile, replaced=names)
    yield from (Usage(path=path, is_part=True) for path in parts if path != main.path)
