"""The names of the images that a Compose project builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.merged_build import merged_build
from imagelock.sources.compose.services import is_built
from imagelock.sources.compose.value import ComposeValue
from imagelock.sources.compose.values import value_at
from imagelock.sources.shared.built_names import built_image
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.compose.project import ComposeProject
    from imagelock.sources.relations import BuiltImage
    from imagelock.syntax.yaml_json.tree import Node


def built_names(project: ComposeProject) -> Iterator[BuiltImage]:
    """Yield the image of each service that is built, and the tags of its build.

    The names mean these images in the files of the project, and in the Dockerfiles of
    its builds, except in the one that the image is built from: `FROM nginx` is not
    the `nginx` that it becomes.
    """
    services = list(project.services())
    files = {file.path for file, _ in services}
    dockerfiles = {
        id(service.node): _dockerfile(project, file, service)
        for file, service in services
    }
    used = {path for path in dockerfiles.values() if path}
    for file, service in services:
        if not is_built(project, file, service):
            continue
        scope = (files | used) - {dockerfiles[id(service.node)]}
        for value, use in _names(project, file, service):
            place = value.place(0, len(value.text), use)
            if not value.meaning.unset and (
                built := built_image(value.text, place, filter(None, scope))
            ):
                yield built


def _dockerfile(
    project: ComposeProject, file: ComposeFile, service: Service
) -> PurePosixPath | None:
    build = merged_build(project, file, service.name)
    return build.dockerfile if build else None


def _names(
    project: ComposeProject, file: ComposeFile, service: Service
) -> Iterator[tuple[ComposeValue, str]]:
    """Yield the names that the build of *service* gives, with their uses.

    A later file may have another image, or none.
    """
    image = value_of(service.node, "image")
    named: list[tuple[Node | None, str]] = []
    if image is project.setting(file, service.name, "image"):
        named.append((image, f"{service.location}.image"))
    build = value_of(service.node, "build")
    tags = value_of(build, "tags") if isinstance(build, Mapping) else None
    named += [
        (node, f"{service.location}.build.tags[{number}]")
        for number, node in enumerate(tags.items if isinstance(tags, Sequence) else ())
    ]
    for node, use in named:
        value = value_at(file, node, use)
        if isinstance(value, ComposeValue):
            yield value, use
