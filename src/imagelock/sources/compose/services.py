"""Images of the services of a Compose file: run, mounted, and of their hooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.reference import Reference
from imagelock.sources.compose.file import is_reset, value_of
from imagelock.sources.compose.values import image_at, text_of, texts_of
from imagelock.sources.shared.source_file import quoted
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.compose.project import ComposeProject
    from imagelock.syntax.yaml_json.tree import Node

_HOOKS: Final = ("pre_start", "post_start", "pre_stop", "post_stop")
_NEVER: Final = "never"
"""The policy for an image that is on the machine already."""
_ALWAYS_PULLS: Final = re.compile(r"always|daily|weekly|every_.*")


def build_outputs(project: ComposeProject) -> frozenset[Reference]:
    """Return the names of the images that *project* builds."""
    names: set[Reference] = set()
    for file, service in project.services(of_merged=True):
        build = value_of(service.node, "build")
        if isinstance(build, Mapping):
            names.update(_references(texts_of(file, value_of(build, "tags"))))
        if _is_output(project, file, service):
            names.update(_references(texts_of(file, value_of(service.node, "image"))))
    return frozenset(names)


def service_images(
    project: ComposeProject,
    file: ComposeFile,
    service: Service,
    built: frozenset[Reference],
) -> Iterator[Found]:
    """Yield the images that *service* in *file* runs, mounts and has in its hooks.

    *built* are the names of the images that the project builds.
    """
    nodes = _image_nodes(service)
    use = f"{service.location}.image"
    for node in nodes:
        finding = image_at(file, node, use)
        if finding is None:
            continue
        if len(nodes) > 1 or service.is_duplicate_key:
            yield _duplicate(finding)
        elif _is_output(project, file, service):
            yield _build_output(finding)
        elif project.is_overridden(file, service.name, node):
            yield _overridden(finding)
        elif _policy(project, file, service) == _NEVER and isinstance(
            finding, Occurrence
        ):
            yield _never_pulled(finding)
        else:
            yield _unless_built(finding, built)
    for finding in (*_volumes(project, file, service), *_hooks(file, service)):
        yield _unless_built(finding, built)


def is_built(project: ComposeProject, file: ComposeFile, service: Service) -> bool:
    """Return whether the image of *service* is the output of its build.

    It is unless a `pull_policy` pulls it instead.
    """
    if project.setting(file, service.name, "build") is None:
        return False
    policy = _policy(project, file, service)
    return policy is None or not _ALWAYS_PULLS.fullmatch(policy)


def _is_output(project: ComposeProject, file: ComposeFile, service: Service) -> bool:
    """Return whether the image that *file* has for *service* is the output of a build.

    An image that a later file replaces means what it means in *file* alone.
    """
    if is_built(project, file, service):
        return True
    if not project.is_replaced(file, service.name, "image"):
        return False
    build = project.setting_in_file(file, service.name, "build")
    return build is not None and not is_reset(build)


def _policy(project: ComposeProject, file: ComposeFile, service: Service) -> str | None:
    return text_of(file, project.setting(file, service.name, "pull_policy"))


def _references(names: list[str]) -> Iterator[Reference]:
    for name in names:
        try:
            yield Reference.parse(name)
        except InvalidReferenceError:
            continue


def _image_nodes(service: Service) -> list[Node]:
    """Return the image of *service*; all of them if its key is a duplicate."""
    if "image" in service.node.duplicate_keys:
        return [node for key, node in service.node.pairs if key.value == "image"]
    node = service.node.get("image")
    return [] if node is None else [node]


def _overridden(finding: Found) -> Found:
    if not isinstance(finding, Occurrence):
        return finding
    place = finding.place
    detail = f"{quoted(place.text)}: {Reason.OVERRIDDEN.sentence}"
    return Skipped(place=place, reason=Reason.OVERRIDDEN, detail=detail)


def _duplicate(finding: Found) -> Skipped:
    place = finding.place
    detail = f"{quoted(place.text)}: the key is written twice, which Compose refuses"
    hint = "keep one of them"
    return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail, hint=hint)


def _build_output(finding: Found) -> Skipped:
    detail = f"{quoted(finding.place.text)}: it is the name of what Compose builds"
    return Skipped(place=finding.place, reason=Reason.BUILD_OUTPUT, detail=detail)


def _never_pulled(finding: Found) -> Skipped:
    detail = f"{quoted(finding.place.text)}: with `pull_policy: never`, it is on the"
    detail = f"{detail} machine already"
    return Skipped(place=finding.place, reason=Reason.LOCAL, detail=detail)


def _unless_built(finding: Found, built: frozenset[Reference]) -> Found:
    is_built = isinstance(finding, Occurrence) and finding.reference in built
    return _build_output(finding) if is_built else finding


def _volumes(
    project: ComposeProject, file: ComposeFile, service: Service
) -> Iterator[Found]:
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
            start = next(key.start for key, node in volume.pairs if node is source)
            detail = f"`{name}` is a service of this project"
            place = file.trimmed_place((start, source.end), use)
            yield Skipped(place=place, reason=Reason.SERVICE_REFERENCE, detail=detail)
        elif (finding := image_at(file, source, use)) is not None:
            yield finding


def _hooks(file: ComposeFile, service: Service) -> Iterator[Found]:
    """Yield the images of the hooks; one without an image runs in that of the service."""
    for key in _HOOKS:
        for number, hook in _items(file, service, key):
            if isinstance(hook, Mapping):
                use = f"{service.location}.{key}[{number}].image"
                finding = image_at(file, hook.get("image"), use)
                if finding is not None:
                    yield finding


def _items(file: ComposeFile, service: Service, key: str) -> Iterator[tuple[int, Node]]:
    node = service.node.get(key)
    if isinstance(node, Sequence):
        file.budget.charge(100 * len(node.items))
        yield from enumerate(node.items)
