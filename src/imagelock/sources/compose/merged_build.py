"""The build of a service in all files that say something of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.compose.build import BuildPart, build_of
from imagelock.sources.compose.file import is_override, is_reset, value_of
from imagelock.sources.compose.project import LONGEST_CHAIN

if TYPE_CHECKING:
    from imagelock.sources.compose.build import Build
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.compose.project import ComposeProject

_PART: Final = 10
"""The cost of a service in a chain, in the units of a `WorkBudget`."""


def own_build(
    project: ComposeProject, file: ComposeFile, service: Service
) -> Build | None:
    """Return the build to which *service* in *file* belongs, if it says something of it.

    A later file may take away what *file* has: it then counts alone.
    """
    if value_of(service.node, "build") is None:
        return None
    parts = _merged_parts(project, file, service.name)
    if all(part.service is not service for part in parts):
        parts = _chain(project, file, service)
    return build_of(parts, is_whole=_is_whole(project, parts))


def merged_build(project: ComposeProject, file: ComposeFile, name: str) -> Build | None:
    """Return the build that the files merged with *file* have for the service *name*."""
    parts = _merged_parts(project, file, name)
    return build_of(parts, is_whole=_is_whole(project, parts))


def build_alone(
    project: ComposeProject, file: ComposeFile, service: Service
) -> Build | None:
    """Return the build that *service* has in *file*, whatever other files make of it."""
    return build_of(_chain(project, file, service))


def _merged_parts(
    project: ComposeProject, file: ComposeFile, name: str
) -> list[BuildPart]:
    """Return what each of the merged files says, up to what takes others away."""
    parts: list[BuildPart] = []
    for layer in project.layers(file):
        if layer.starts_over(name):
            parts.clear()
        for service in layer.by_name.get(name, ()):
            node = service.node.get("build")
            if node is not None and (is_reset(node) or is_override(node)):
                parts.clear()
            parts += _chain(project, layer, service)
    return parts


def _chain(
    project: ComposeProject, file: ComposeFile, service: Service, depth: int = 0
) -> list[BuildPart]:
    """Return what *service* says, behind what the services say that it extends."""
    file.budget.charge(_PART)
    parts: list[BuildPart] = []
    if depth < LONGEST_CHAIN and (base := project.base(file, service)):
        base_file, name = base
        for extended in base_file.by_name.get(name, ()):
            parts += _chain(project, base_file, extended, depth + 1)
    node = service.node.get("build")
    if node is not None and (is_reset(node) or is_override(node)):
        parts.clear()
    return [*parts, BuildPart(file, service)]


def _is_whole(project: ComposeProject, parts: list[BuildPart]) -> bool:
    """Return whether everything that *parts* extend is there."""
    for part in parts:
        if value_of(part.service.node, "extends") is not None:
            base = project.base(part.file, part.service)
            if base is None or base[1] not in base[0].by_name:
                return False
    return True
