"""Images that the services of a Compose file run, mount and start with."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.reference import Reference
from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.value import place
from imagelock.sources.compose.values import found, quoted, text_of, texts_of
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.compose.project import Project
    from imagelock.syntax.yaml_json.tree import Node

_HOOKS: Final = ("pre_start", "post_start", "pre_stop", "post_stop")
_ALWAYS_PULLS: Final = re.compile(r"always|daily|weekly|every_.*")


def outputs(project: Project) -> frozenset[Reference]:
    """Return the names that *project* gives to what it builds."""
    names: set[Reference] = set()
    others = ((file, one) for file in project.together for one in file.services)
    for file, service in chain(project.services(), others):
        build = value_of(service.node, "build")
        if isinstance(build, Mapping):
            names.update(_references(texts_of(file, value_of(build, "tags"))))
        if _is_built(project, file, service):
            names.update(_references(texts_of(file, value_of(service.node, "image"))))
    return frozenset(names)


def images(
    project: Project,
    file: ComposeFile,
    service: Service,
    built: frozenset[Reference],
) -> Iterator[Found]:
    """Yield what *service* runs, mounts and starts with, as *file* writes it.

    *built* are the names that the project gives to what it builds.
    """
    nodes = _image_nodes(service)
    use = f"{service.location}.image"
    for node in nodes:
        one = found(file, node, use)
        if one is not None and (len(nodes) > 1 or service.is_duplicate_key):
            yield _doubled(one)
        elif one is not None and _is_built(project, file, service):
            yield _built(one)
        elif one is not None:
            yield _unless_built(one, built)
    for one in (*_volumes(project, file, service), *_hooks(file, service)):
        yield _unless_built(one, built)


def _is_built(project: Project, file: ComposeFile, service: Service) -> bool:
    """Tell whether the image of *service* is what its build is called."""
    key = id(file), service.name
    if key not in project.built:
        project.built[key] = _is_kept(project, file, service)
    return project.built[key]


def _is_kept(project: Project, file: ComposeFile, service: Service) -> bool:
    """Tell whether *service* has a build, and keeps to it.

    Compose pulls it all the same where `pull_policy` says so.
    """
    if project.setting(file, service.name, "build") is None:
        return False
    policy = text_of(file, project.setting(file, service.name, "pull_policy"))
    return policy is None or not _ALWAYS_PULLS.fullmatch(policy)


def _references(names: list[str]) -> Iterator[Reference]:
    for name in names:
        try:
            yield Reference.parse(name)
        except InvalidReferenceError:
            continue


def _image_nodes(service: Service) -> list[Node]:
    """Return the image of *service*; all of them if its key is doubled."""
    if "image" in service.node.duplicate_keys():
        return [node for key, node in service.node.pairs if key.value == "image"]
    node = service.node.get("image")
    return [] if node is None else [node]


def _doubled(one: Found) -> Skipped:
    detail = f"{quoted(one.place)}: the key is written twice, which Compose refuses"
    hint = "keep one of them"
    return Skipped(
        place=one.place, reason=Reason.DUPLICATE_KEY, detail=detail, hint=hint
    )


def _built(one: Found) -> Skipped:
    detail = f"{quoted(one.place)}: it is the name of what Compose builds"
    return Skipped(place=one.place, reason=Reason.BUILD_OUTPUT, detail=detail)


def _unless_built(one: Found, built: frozenset[Reference]) -> Found:
    is_built = isinstance(one, Occurrence) and one.reference in built
    return _built(one) if is_built else one


def _volumes(project: Project, file: ComposeFile, service: Service) -> Iterator[Found]:
    """Yield the images that are mounted (`type: image`)."""
    for number, volume in _items(file, service, "volumes"):
        if not isinstance(volume, Mapping):
            continue
        if text_of(file, volume.get("type")) != "image":
            continue
        source = value_of(volume, "source")
        use = f"{service.location}.volumes[{number}].source"
        name = text_of(file, source)
        if source is not None and name is not None and project.has_service(name):
            start = next(k.start for k, n in volume.pairs if n is source)
            detail = f"`{name}` is a service of this project"
            where = place(file, (start, source.end), use)
            yield Skipped(place=where, reason=Reason.SERVICE_REFERENCE, detail=detail)
        elif (one := found(file, source, use)) is not None:
            yield one


def _hooks(file: ComposeFile, service: Service) -> Iterator[Found]:
    """Yield the images of containers that run before or after the service's own.

    A hook without an image runs in that of the service.
    """
    for key in _HOOKS:
        for number, hook in _items(file, service, key):
            if isinstance(hook, Mapping):
                use = f"{service.location}.{key}[{number}].image"
                one = found(file, hook.get("image"), use)
                if one is not None:
                    yield one


def _items(file: ComposeFile, service: Service, key: str) -> Iterator[tuple[int, Node]]:
    node = service.node.get(key)
    if isinstance(node, Sequence):
        file.budget.spend(100 * len(node.items))
        yield from enumerate(node.items)
