"""Images in pipelines and tasks of Concourse: `registry-image` and `docker-image`.

A repository and a tag are two values, and a digest is a third one, in `version`
beside `source` (concourse-ci.org/docs/resources, schema of `resource` and of
`anonymous_resource`). A resource type has no `version`.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import DigestSlot, Occurrence, Place, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.merge_uses import uses_of
from imagelock.sources.shared.plain_numbers import go_text, unclear_number
from imagelock.sources.shared.source_file import DUPLICATE_KEY, SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    is_written_twice,
    scalar_at,
    steps_to,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="YAML with `jobs` or `resources`, and `plan` or `resource_types`"
    " (pipelines), or with `platform` and `image_resource` (tasks)",
    read="`source.repository` and `source.tag` of type `registry-image` and"
    " `docker-image` in `resources`, `resource_types`, `prototypes` and"
    " `image_resource`",
    not_read="a resource that a job puts (`resource`): it is pushed; `image` of a task,"
    " which names a resource",
    pinned="in `version: {digest: …}` beside `source`; a resource type cannot be pinned",
    notes="A value with `((…))` is a `parameter`. With `semver_constraint` or"
    " `tag_regex` the entry is a `pattern`.",
)
_TYPES: Final = frozenset({"registry-image", "docker-image"})
_RANGES: Final = ("semver_constraint", "tag_regex")
_TASK: Final = re.compile(r"^image_resource[ \t]*+:", re.MULTILINE)
_PLATFORM: Final = re.compile(r"^platform[ \t]*+:", re.MULTILINE)
_PIPELINE: Final = re.compile(
    r"^(?:jobs|resources|resource_types)[ \t]*+:", re.MULTILINE
)
_PLAN: Final = re.compile(
    r"^(?:[ \t-]*+(?:plan|image_resource)|resource_types)[ \t]*+:", re.MULTILINE
)
_API_VERSION: Final = re.compile(r"^apiVersion[ \t]*+:", re.MULTILINE)
_BLOCK: Final = re.compile(r" *(?:- +)*")
_NO_VERSION: Final = "Concourse knows no `version` of a resource type"
_OTHER_VERSION: Final = "its `version` already says something else"
_NO_PLACE: Final = "there is no place for `version` beside `source`"


class _Role(Enum):
    """What an image is in a pipeline."""

    PULLED = auto()
    PUSHED = auto()
    TYPE = auto()


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the first keys of a pipeline or of a task."""
    del path
    if _API_VERSION.search(text):
        return False
    is_task = _TASK.search(text) and _PLATFORM.search(text)
    is_pipeline = _PIPELINE.search(text) and _PLAN.search(text)
    return bool(is_task or is_pipeline)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of resources, resource types and tasks."""
    del context
    file = SourceFile(path=path, text=text, format="concourse")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        nodes = list(below(NodeRef(document), VisitLimit()))
        pushed = set(_pushed(nodes))
        # A resource that aliases repeat is one node with several paths.
        resources: dict[int, tuple[_Role, list[NodeRef]]] = {}
        for at in nodes:
            if role := _role(at, pushed):
                resources.setdefault(id(at.node), (role, []))[1].append(at)
        for role, paths in resources.values():
            if finding := _image(file, paths, role):
                yield finding


def _pushed(nodes: Iterable[NodeRef]) -> Iterator[str]:
    """Yield the name of each resource that some job pushes to."""
    for at in nodes:
        if name := scalar_at(at.node, "put"):
            resource = scalar_at(at.node, "resource") or name
            yield resource.value


def _role(at: NodeRef, pushed: set[str]) -> _Role | None:
    """Return what the mapping *at* is, if it is an image at all."""
    kind = scalar_at(at.node, "type")
    if not isinstance(at.node, Mapping) or kind is None or kind.value not in _TYPES:
        return None
    match steps_to(at.path, 2):
        case (int(), "resource_types" | "prototypes"):
            return _Role.TYPE
        case (int(), "resources"):
            name = scalar_at(at.node, "name")
            return _Role.PUSHED if name and name.value in pushed else _Role.PULLED
        case ("image_resource", *_):
            return _Role.PULLED
        case _:
            return None


def _image(file: SourceFile, paths: list[NodeRef], role: _Role) -> Found | None:
    """Return the image of a resource, with the slot of its digest.

    *paths* all lead to one mapping.
    """
    at = paths[0]
    source = at.node.get("source") if isinstance(at.node, Mapping) else None
    repository, tag = scalar_at(source, "repository"), scalar_at(source, "tag")
    if repository is None or not repository.value.strip():
        return None
    tag = tag if tag and tag.value.strip() else None
    tag_text = go_text(file.text, tag) if tag else ""
    is_repository = tag is None or "((" in repository.value
    node = repository if is_repository or tag is None else tag
    key = "repository" if is_repository else "tag"
    uses = uses_of(NodeRef(node, ((each.path, "source"), key)) for each in paths)
    place = replace(file.place_of(node.start, node.end, uses[0]), uses=uses)
    if tag_text is None:
        return unclear_number(place)
    value = repository.value.strip() + (f":{tag_text.strip()}" if tag else "")
    if role is _Role.PUSHED:
        detail = f"`{value}`: a job pushes it"
        return Skipped(place=place, reason=Reason.RESOURCE, detail=detail)
    is_range = tag is None and any(scalar_at(source, key) for key in _RANGES)
    if digest := _digest(at.node):
        # Concourse reads a repository without a tag as `latest`, pinned or not.
        value += f"@{digest.value}" if tag else f":latest@{digest.value}"
    if skipped := _skipped(value, at, place, is_range=is_range):
        return skipped
    finding = classify(value, place)
    if isinstance(finding, Occurrence):
        return _with_slot(finding, file.text, at.node, role)
    return finding


def _skipped(
    value: str, at: NodeRef, place: Place, *, is_range: bool
) -> Skipped | None:
    """Return why *value* is no image to lock, if there is a reason."""
    if "((" in value:
        detail = f"`{value}`: a parameter decides it when the pipeline is set"
        return Skipped(place=place, reason=Reason.PARAMETER, detail=detail)
    if is_range:
        detail = f"`{value}`: it stands for a range of tags, not one"
        return Skipped(place=place, reason=Reason.PATTERN, detail=detail)
    source = at.node.get("source") if isinstance(at.node, Mapping) else None
    if at.is_duplicate_key or is_written_twice(source, "repository", "tag"):
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=DUPLICATE_KEY)
    return None


def _digest(node: Node) -> Scalar | None:
    digest = scalar_at(node, "version", "digest")
    return digest if digest and digest.value.strip() else None


def _with_slot(image: Occurrence, text: Text, node: Node, role: _Role) -> Occurrence:
    """Return *image* with the place where its digest is or goes."""
    if role is _Role.TYPE:
        return replace(image, unpinnable_reason=_NO_VERSION)
    if digest := _digest(node):
        span = text.span(digest.start, digest.end)
        return replace(image, slot=DigestSlot(span, "{digest}"))
    if isinstance(node, Mapping) and node.get("version") is not None:
        return replace(image, unpinnable_reason=_OTHER_VERSION)
    if slot := _new_version(text, node):
        return replace(image, slot=slot)
    return replace(image, unpinnable_reason=_NO_PLACE)


def _new_version(text: Text, node: Node) -> DigestSlot | None:
    """Return the slot of a new `version` before `source`, on a line or in braces."""
    if not isinstance(node, Mapping):
        return None
    keys = [key for key, _ in node.pairs if key.value == "source"]
    if not keys:
        return None
    source = text.value
    key = 'version: {{digest: "{digest}"}}'
    if source.startswith("{", node.start):
        return DigestSlot(text.span(node.start + 1, node.start + 1), f"{key}, ")
    start = keys[0].start - (source[keys[0].start - 1 : keys[0].start] in {'"', "'"})
    line = source.rfind("\n", 0, start) + 1
    if not _BLOCK.fullmatch(source, line, start):
        return None
    end = source.find("\n", start)
    newline = "\r\n" if source[end - 1 : end] == "\r" else "\n"
    return DigestSlot(text.span(start, start), f"{key}{newline}{' ' * (start - line)}")
