"""The files that a Compose project uses: Dockerfiles, and parts of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.compose.build import build_of
from imagelock.sources.compose.file import is_override, is_reset
from imagelock.sources.relations import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.compose.build import Build
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
            builds = list(_builds(layers, service.name))
            path = next((b.dockerfile for b in reversed(builds) if b.dockerfile), None)
            if path is not None and not any(build.inline for build in builds):
                names = (entry.name for build in builds for entry in build.contexts)
                yield Usage(path=path, replaced=frozenset(names))
    yield from (Usage(path=path, is_part=True) for path in parts if path != main.path)


def _builds(layers: tuple[ComposeFile, ...], name: str) -> Iterator[Build]:
    """Yield what each of *layers* says of the build of the service *name*."""
    builds: list[Build] = []
    for layer in layers:
        if layer.starts_over(name):
            builds.clear()
        for service in layer.by_name.get(name, ()):
            node = service.node.get("build")
            if node is not None and (is_reset(node) or is_override(node)):
                builds.clear()
            build = build_of(layer, service, has_default=not builds)
            if build is not None:
                builds.append(build)
    yield from builds
