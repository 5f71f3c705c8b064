"""Images in tasks of Ansible, by the modules that take them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.sources.ansible.modules import MANIFESTS, is_manifest, module_of
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.walk import is_object
from imagelock.sources.podman.names import classify_for_podman
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.plain import broken, place_of
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    scalar_at,
    select,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.ansible.modules import Module
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="YAML lists with a task of a module that takes images: playbooks,"
    " `tasks/*.yml`, `handlers/*.yml`",
    read="`docker_container`, `docker_image`, `docker_image_pull`,"
    " `docker_swarm_service`, `docker_compose_v2` with a `definition`,"
    " `podman_container`, `podman_image`, `podman_pod`, and the objects of `k8s`, by"
    " their short or full names",
    not_read="machine images of other modules; images that are built, loaded or"
    " removed",
    pinned="behind the tag",
    notes="What has an expression of Jinja in it (`{{ version }}`) is skipped"
    " (`template`).",
)
_ITEM: Final = re.compile(r"^-[ \t\r\n]", re.MULTILINE)
_KEY: Final = re.compile(
    r"""^[ \t]*+(?:-[ \t]++)*+["']?(?P<key>[\w.]*+)["']?[ \t]*+:""", re.MULTILINE
)
_OBJECT: Final = re.compile(r"^(?:apiVersion|services)[ \t]*+:", re.MULTILINE)
_ARGUMENT: Final = re.compile(
    r"(?<!\S)(?P<key>[a-z_]++)=(?P<quote>[\"']?)(?P<value>[^\s\"']++)"
)
_BUILT: Final = (Reason.BUILD_OUTPUT, "the task gives this name to what it builds")
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
    if not _ITEM.search(text) or _OBJECT.search(text):
        return False
    keys = (match["key"] for match in _KEY.finditer(text))
    return any(module_of(key) or is_manifest(key) for key in keys)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of each task, in the order of the text."""
    del context
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, "ansible")
            continue
        tasks = _Tasks(path, text)
        found = {
            # Tasks can share their arguments by an anchor.
            one.place.span: one
            for task in below(NodeRef(document), VisitLimit())
            if isinstance(task.node, Mapping)
            for one in tasks.images(task)
        }
        yield from sorted(found.values(), key=lambda one: one.place.span)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The tasks of one document; `objects` decides which were not met before."""

    path: PurePosixPath
    text: Text
    visits: VisitLimit = field(default_factory=VisitLimit)
    objects: VisitLimit = field(default_factory=lambda: VisitLimit(0))

    def images(self, task: NodeRef) -> Iterator[Found]:
        """Yield what *task* runs or pulls, if it is a task of such a module."""
        for at in select(task, "*", self.visits):
            key = str(at.path[1]) if at.path else ""
            if is_manifest(key):
                yield from self._of_objects(at)
            elif module := module_of(key):
                if isinstance(at.node, Scalar):
                    yield from _free_form(self.path, self.text, at, module)
                for one in select(at, module.path, self.visits):
                    if found := _image(self.path, self.text, one, module):
                        yield found

    def _of_objects(self, at: NodeRef) -> Iterator[Found]:
        """Yield the images of one object of Kubernetes, or of several in a list."""
        for argument in MANIFESTS:
            for one in (
                *select(at, argument, self.visits),
                *select(at, f"{argument}[]", self.visits),
            ):
                if is_object(one.node) and self.objects.allow(one.node):
                    yield from kubernetes.images(self.path, self.text, one, frozenset())


def _image(
    path: PurePosixPath, text: Text, one: NodeRef, module: Module
) -> Found | None:
    at, value = one, _value(one.node)
    tag = scalar_at(one.parent, "tag") if module.tagged else None
    if tag and value and not re.search(r"[@:](?!.*/)", value):
        value = f"{value}:{tag.value.strip()}"
        at = one if "{{" in _value(one.node) else _beside(one, tag)
    place = place_of(path, text, at, "ansible")
    if not value:
        # To a YAML parser an expression without quotes is a mapping.
        if not place.text.startswith("{{"):
            return None
        value = place.text
    if reason := _not_pulled(one.parent, module):
        why, detail = reason
        return Skipped(place=place, reason=why, detail=f"`{value}`: {detail}")
    return (
        classify_for_podman(value, place) if module.podman else classify(value, place)
    )


def _not_pulled(arguments: Node | None, module: Module) -> tuple[Reason, str] | None:
    """Tell why a task with these *arguments* pulls nothing, if it says so."""
    if isinstance(arguments, Mapping) and arguments.get("build"):
        return _BUILT
    settings = (scalar_at(arguments, key) for key in ("source", "state"))
    words = (scalar.value for scalar in settings if scalar)
    known = (_NOT_PULLED[word] for word in words if word in _NOT_PULLED)
    return next(known, None) if module.tagged else None


def _beside(one: NodeRef, tag: Scalar) -> NodeRef:
    return NodeRef(tag, (one.path[0] if one.path else None, "tag"), one.parent)


def _free_form(
    path: PurePosixPath, text: Text, at: NodeRef, module: Module
) -> Iterator[Found]:
    """Yield the image in arguments as text: `name=web image=nginx:1`."""
    arguments = {
        match["key"]: match
        for match in _ARGUMENT.finditer(text.value, at.node.start, at.node.end)
    }
    name, tag = arguments.get(module.path), arguments.get("tag")
    if name is None:
        return
    value, written = name["value"], name
    if module.tagged and tag and not re.search(r"[@:](?!.*/)", value):
        value, written = f"{value}:{tag['value']}", tag
    place = Place(
        path=path,
        span=text.span(*written.span("value")),
        text=written["value"],
        format="ansible",
        uses=(place_of(path, text, at, "ansible").location,),
    )
    words = (arguments[key]["value"] for key in ("source", "state") if key in arguments)
    known = next((_NOT_PULLED[word] for word in words if word in _NOT_PULLED), None)
    if known and module.tagged:
        why, detail = known
        yield Skipped(place=place, reason=why, detail=f"`{value}`: {detail}")
    else:
        yield (
            classify_for_podman(value, place)
            if module.podman
            else classify(value, place)
        )


def _value(node: Node) -> str:
    return node.value.strip() if isinstance(node, Scalar) and not node.null else ""
