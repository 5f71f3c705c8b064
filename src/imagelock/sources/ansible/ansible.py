"""Images in Ansible tasks, by the modules that run or pull them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.ansible.loops import in_loop
from imagelock.sources.ansible.modules import MANIFESTS, is_helm, is_manifest, module_of
from imagelock.sources.ansible.variables import RoleVariables
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.walk import is_object
from imagelock.sources.podman.names import classify_for_podman
from imagelock.sources.protocol import About
from imagelock.sources.shared.built_names import built_image
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.plain_numbers import python_text, unclear_number
from imagelock.sources.shared.source_file import DUPLICATE_KEY, SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    dotted,
    is_written_twice,
    scalar_at,
    select,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.ansible.modules import Module
    from imagelock.sources.context import Context
    from imagelock.sources.relations import BuiltImage, Relation
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="YAML lists with a task of a module that takes images: playbooks,"
    " `tasks/*.yml`, `handlers/*.yml`",
    read="`docker_container`, `docker_image`, `docker_image_pull`,"
    " `docker_swarm_service`, `docker_compose_v2` with a `definition`,"
    " `podman_container`, `podman_image`, `podman_pod`, the objects of `k8s`, and"
    " of `helm` its `chart_ref` from `oci://` at its `chart_version`, its"
    " `release_values`, and the files in `values_files`; all by their short or full names",
    not_read="machine images of other modules; images that are built, loaded or"
    " removed",
    pinned="behind the tag",
    notes="A variable in tasks of a role (`{{ version }}`) has the value in"
    " `defaults/main.yml` or `vars/main.yml` of the role, unless another file, such as"
    " `group_vars`, sets it, too. What has another expression of Jinja in it is skipped"
    " (`template`).",
)
_ITEM: Final = re.compile(r"\n-[ \t\r\n]")
_KEY: Final = re.compile(
    r"""^[ \t]*+(?:-[ \t]++)*+["']?(?P<key>[\w.]*+)["']?[ \t]*+:""", re.MULTILINE
)
_OBJECT: Final = re.compile(r"\n(?:apiVersion|services)[ \t]*+:")
_ARGUMENT: Final = re.compile(
    r"(?<!\S)(?P<key>[a-z_]++)=(?P<quote>[\"']?)(?P<value>[^\s\"']++)"
)
_NUMBER: Final = "its tag is a number, which has to be in quotes first"
_BUILT: Final = (Reason.BUILD_OUTPUT, "the task gives this name to what it builds")
_HAS_TAG: Final = re.compile(r"[@:](?!.*/)")
_NOT_PULLED: Final = {
    "absent": (Reason.LOCAL, "it is removed, not pulled"),
    "build": _BUILT,
    "load": (Reason.LOCAL, "it is loaded from an archive"),
    "local": (Reason.LOCAL, "it is on the machine already"),
}
"""By the `source` or `state` of the modules that manage images."""


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a list in which a module that takes images is a key."""
    del path
    lines = f"\n{text}"  # `^` would look at every character
    if not _ITEM.search(lines) or _OBJECT.search(lines):
        return False
    keys = (match["key"] for match in _KEY.finditer(text))
    return any(module_of(key) or is_manifest(key) or is_helm(key) for key in keys)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the images that tasks build, which other tasks run by their names.

    The files with values of charts are those that the file uses.
    """
    if "values_files" in text.value:
        # Few tasks install charts.
        from imagelock.sources.ansible.releases import releases_relations

        yield from releases_relations(path, text, context)
    file = SourceFile(path=path, text=text, format="ansible")
    may_build = "build" in text.value or "path" in text.value
    variables = RoleVariables(path, text.value, context)
    for document in documents(text) if may_build else ():
        if not isinstance(document, Broken):
            for at in below(NodeRef(document), VisitLimit()):
                if isinstance(at.node, Mapping):
                    yield from _built(file, at, variables)


def _built(
    file: SourceFile, task: NodeRef, variables: RoleVariables
) -> Iterator[BuiltImage]:
    """Yield the images that *task* builds, for each item of its loop."""
    for arguments in select(task, "*", VisitLimit()):
        module = module_of(str(arguments.path[1])) if arguments.path else None
        if module is None or _not_pulled(arguments.node, module) != _BUILT:
            continue
        for at in select(arguments, module.path, VisitLimit()):
            tag = scalar_at(arguments.node, "tag")
            full = f"{_value(at.node)}:{_value(tag)}" if tag else _value(at.node)
            for name in (
                *in_loop(full, task.node),
                *in_loop(_value(at.node), task.node),
                *(variables.resolve(each)[0] for each in (full, _value(at.node))),
            ):
                built = built_image(name, file.place(at), variables.files)
                if built is not None:
                    yield built


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of each task, in the order of the text."""
    file = SourceFile(path=path, text=text, format="ansible")
    variables = RoleVariables(path, text.value, context)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        tasks = _Tasks(file, variables, context)
        findings = {
            # Tasks can share their arguments by an anchor.
            finding.place.span: finding
            for task in below(NodeRef(document), VisitLimit())
            if isinstance(task.node, Mapping)
            for finding in tasks.images(task)
        }
        yield from sorted(findings.values(), key=lambda finding: finding.place.span)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The tasks of one document; `objects` limits each Kubernetes object to one visit."""

    file: SourceFile
    variables: RoleVariables
    context: Context
    visits: VisitLimit = field(default_factory=VisitLimit)
    objects: VisitLimit = field(default_factory=lambda: VisitLimit(0))

    def images(self, task: NodeRef) -> Iterator[Found]:
        """Yield the images that *task* runs or pulls."""
        for arguments in select(task, "*", self.visits):
            key = str(arguments.path[1]) if arguments.path else ""
            if is_manifest(key):
                yield from self._of_objects(arguments)
            elif is_helm(key):
                # Few tasks install charts.
                from imagelock.sources.ansible.releases import release_images

                yield from release_images(self.file, arguments, self.context)
            elif module := module_of(key):
                if isinstance(arguments.node, Scalar):
                    yield from _free_form(self.file, arguments, module)
                for name in select(arguments, module.path, self.visits):
                    if finding := _image(self.file, name, module, self.variables):
                        yield finding

    def _of_objects(self, arguments: NodeRef) -> Iterator[Found]:
        """Yield the images of one Kubernetes object, or of a list of them."""
        file = replace(self.file, format="kubernetes")
        for argument in MANIFESTS:
            for node in (
                *select(arguments, argument, self.visits),
                *select(arguments, f"{argument}[]", self.visits),
            ):
                if is_object(node.node) and self.objects.allow(node.node):
                    yield from kubernetes.images(file, node)


def _image(
    file: SourceFile, name: NodeRef, module: Module, variables: RoleVariables
) -> Found | None:
    at = name
    value, assignments = variables.resolve(_value(name.node))
    tag = scalar_at(name.parent, "tag") if module.has_tag else None
    is_number = False
    if tag and value and not _HAS_TAG.search(value):
        if (tag_text := python_text(file.text, tag)) is None:
            return unclear_number(file.place(_beside(name, tag)))
        is_number = tag_text != tag.value
        text, more = variables.resolve(tag_text.strip())
        at = name if "{{" in value else _beside(name, tag)
        value, assignments = f"{value}:{text}", (*assignments, *more)
    place = file.place(at)
    if not value:
        # To a YAML parser an expression without quotes is a mapping.
        if not place.text.startswith("{{"):
            return None
        value = place.text
    if name.is_duplicate_key or (tag and is_written_twice(name.parent, "tag")):
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=DUPLICATE_KEY)
    finding = _classify(value, place, module, _not_pulled(name.parent, module))
    if is_number and isinstance(finding, Occurrence):
        finding = replace(finding, unpinnable_reason=_NUMBER)
    if not assignments or not isinstance(finding, Occurrence):
        return finding
    names = tuple(dict.fromkeys(found.variable for found in assignments))
    return replace(finding, variables=names).with_assignments(assignments)


def _not_pulled(arguments: Node | None, module: Module) -> tuple[Reason, str] | None:
    """Return why a task with these *arguments* pulls nothing, if it is known."""
    if module.is_build or _has_context(arguments, module):
        return _BUILT
    settings = (scalar_at(arguments, key) for key in ("source", "state"))
    return _by_settings((scalar.value for scalar in settings if scalar), module)


def _has_context(arguments: Node | None, module: Module) -> bool:
    """Return whether an image is built: `path` is the context in short."""
    keys = ("build", "path") if module.has_tag else ("build",)
    return isinstance(arguments, Mapping) and any(map(arguments.get, keys))


def _by_settings(values: Iterable[str], module: Module) -> tuple[Reason, str] | None:
    reasons = (_NOT_PULLED[value] for value in values if value in _NOT_PULLED)
    return next(reasons, None) if module.has_tag else None


def _beside(name: NodeRef, tag: Scalar) -> NodeRef:
    return NodeRef(tag, (name.path[0] if name.path else None, "tag"), name.parent)


def _free_form(file: SourceFile, at: NodeRef, module: Module) -> Iterator[Found]:
    """Yield the image in arguments as text: `name=web image=nginx:1`."""
    arguments = {
        match["key"]: match
        for match in _ARGUMENT.finditer(file.text.value, at.node.start, at.node.end)
    }
    name, tag = arguments.get(module.path), arguments.get("tag")
    if name is None:
        return
    value, match = name["value"], name
    if module.has_tag and tag and not _HAS_TAG.search(value):
        value, match = f"{value}:{tag['value']}", tag
    place = file.place_of(*match.span("value"), dotted(at.path))
    settings = (arguments[key] for key in ("source", "state") if key in arguments)
    not_pulled = _by_settings((setting["value"] for setting in settings), module)
    yield _classify(value, place, module, not_pulled)


def _classify(
    value: str, place: Place, module: Module, not_pulled: tuple[Reason, str] | None
) -> Found:
    if not_pulled:
        reason, detail = not_pulled
        return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    return (
        classify_for_podman(value, place)
        if module.is_podman
        else classify(value, place)
    )


def _value(node: Node) -> str:
    return node.value.strip() if isinstance(node, Scalar) and not node.null else ""
