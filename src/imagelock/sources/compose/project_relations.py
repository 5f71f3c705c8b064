"""What a Compose project says about other files: those it uses, and what it builds."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final

from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.merged_build import build_alone, merged_build
from imagelock.sources.compose.services import is_built
from imagelock.sources.compose.value import ComposeValue
from imagelock.sources.compose.values import text_of, value_at
from imagelock.sources.compose.variables import PROJECT_NAME
from imagelock.sources.relations import Usage
from imagelock.sources.shared.built_names import built_image
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.compose.build import Build
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.compose.project import ComposeProject
    from imagelock.sources.relations import BuiltImage, Relation
    from imagelock.syntax.yaml_json.tree import Node

    Builds = dict[tuple[int, str], Build | None]
    """The build of each service, by the first of the merged files, and its name."""

_NOT_IN_NAMES: Final = re.compile(r"^[_-]++|[^a-z0-9_-]")
"""What Compose leaves out of the name of a folder, in lower case."""


def project_relations(project: ComposeProject, main: ComposeFile) -> Iterator[Relation]:
    """Yield the parts of *main*, the Dockerfiles of its builds, and what it builds.

    Of merged files, the build of a service is the one that they have together.
    """
    services = list(project.services(of_merged=True))
    builds: Builds = {}
    for file, service in services:
        if (key := _key(project, file, service)) not in builds:
            builds[key] = merged_build(project, file, service.name)
    yield from _dockerfiles(builds.values())
    yield from _parts(project, main, services)
    # A file can also be used without those that replace its builds.
    alone = (build_alone(project, file, service) for file, service in services)
    dockerfiles = _paths((*builds.values(), *alone))
    files = {file.path for file, _ in services}
    for file, service in services:
        if is_built(project, file, service):
            own = _paths([builds[_key(project, file, service)]])
            yield from _built(project, file, service, files | (dockerfiles - own))
            if project.setting(file, service.name, "image") is None:
                yield from _named_by_compose(main, file, service)


def _key(
    project: ComposeProject, file: ComposeFile, service: Service
) -> tuple[int, str]:
    return id(project.layers(file)[0]), service.name


def _paths(builds: Iterable[Build | None]) -> set[PurePosixPath]:
    """Return the Dockerfiles of *builds*."""
    return {build.dockerfile for build in builds if build and build.dockerfile}


def _dockerfiles(builds: Iterable[Build | None]) -> Iterator[Usage]:
    """Yield the Dockerfile of each of *builds*, with the names that it replaces."""
    for build in builds:
        if build is not None and build.dockerfile and build.inline is None:
            names = frozenset(entry.name for entry in build.contexts)
            yield Usage(path=build.dockerfile, replaced=names)


def _parts(
    project: ComposeProject,
    main: ComposeFile,
    services: Iterable[tuple[ComposeFile, Service]],
) -> Iterator[Usage]:
    """Yield the files that *main* includes and extends, which are read with it."""
    extended = (file for file, _ in services if file not in project.merged_files)
    paths = dict.fromkeys(file.path for file in (*project.files, *extended))
    yield from (Usage(path=path, is_part=True) for path in paths if path != main.path)


def _built(
    project: ComposeProject,
    file: ComposeFile,
    service: Service,
    scope: Iterable[PurePosixPath],
) -> Iterator[BuiltImage]:
    """Yield the image of *service*, which is built, and the tags of its build.

    The names mean these images in the files of the project, and in the Dockerfiles of
    its builds, except in the one that the image is built from: `FROM nginx` is not
    the `nginx` that it becomes.
    """
    for node, use in _named(project, file, service):
        value = value_at(file, node, use)
        if isinstance(value, ComposeValue) and not value.meaning.unset:
            place = value.place(0, len(value.text), use)
            yield from filter(None, [built_image(value.text, place, scope)])


def _named_by_compose(
    main: ComposeFile, file: ComposeFile, service: Service
) -> Iterator[BuiltImage]:
    """Yield the image of *service*, which is built without a name, as Compose names it.

    By the project and the service, with `-` between them, or `_` before version 2.
    """
    key = next((key for key, _ in service.node.pairs if key.value == "build"), None)
    if key is None:  # Another file has the build, and yields the image.
        return
    place = file.trimmed_place((key.start, key.end), f"{service.location}.build")
    for name, separator in product(_project_names(main), "-_"):
        built = built_image(f"{name}{separator}{service.name}", place, ())
        yield from filter(None, [built])


def _project_names(main: ComposeFile) -> Iterator[str]:
    """Yield what the project may be called: by a variable, itself, or its folder."""
    yield main.variables.get(PROJECT_NAME, "")
    for document in main.documents:
        yield text_of(main, value_of(document, "name")) or ""
    yield _NOT_IN_NAMES.sub("", main.directory.name.lower())


def _named(
    project: ComposeProject, file: ComposeFile, service: Service
) -> Iterator[tuple[Node | None, str]]:
    """Yield the nodes of the names that the build of *service* gives, with their uses.

    A later file may have another image, or none.
    """
    image = value_of(service.node, "image")
    if image is project.setting(file, service.name, "image"):
        yield image, f"{service.location}.image"
    build = value_of(service.node, "build")
    tags = value_of(build, "tags") if isinstance(build, Mapping) else None
    for number, node in enumerate(tags.items if isinstance(tags, Sequence) else ()):
        yield node, f"{service.location}.build.tags[{number}]"
