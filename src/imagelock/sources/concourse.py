"""Images in pipelines and tasks of Concourse: `registry-image` and `docker-image`.

A repository and a tag are two values, and a digest is a third one, in `version`
beside `source` (concourse-ci.org/docs/resources, schema of `resource` and of
`anonymous_resource`). A resource type has no `version`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.concourse_images import Use, image
from imagelock.sources.protocol import About
from imagelock.sources.shared.plain import broken
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    scalar_at,
    steps_to,
)
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

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
_TASK: Final = re.compile(r"^image_resource[ \t]*+:", re.MULTILINE)
_PLATFORM: Final = re.compile(r"^platform[ \t]*+:", re.MULTILINE)
_PIPELINE: Final = re.compile(
    r"^(?:jobs|resources|resource_types)[ \t]*+:", re.MULTILINE
)
_PLAN: Final = re.compile(
    r"^(?:[ \t-]*+(?:plan|image_resource)|resource_types)[ \t]*+:", re.MULTILINE
)
_API_VERSION: Final = re.compile(r"^apiVersion[ \t]*+:", re.MULTILINE)


def may_match(path: PurePosixPath) -> bool:
    """Match any YAML file: neither pipelines nor tasks have a name of their own."""
    return path.suffix.lower() in {".yaml", ".yml"}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the first keys of a pipeline or of a task."""
    if not may_match(path) or _API_VERSION.search(text):
        return False
    is_task = _TASK.search(text) and _PLATFORM.search(text)
    is_pipeline = _PIPELINE.search(text) and _PLAN.search(text)
    return bool(is_task or is_pipeline)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of resources, resource types and tasks."""
    del context
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, "concourse")
            continue
        everything = list(below(NodeRef(document), VisitLimit()))
        put = set(_put(everything))
        together: dict[int, list[tuple[NodeRef, Use]]] = {}
        for at in everything:
            if use := _use(at, put):
                together.setdefault(id(at.node), []).append((at, use))
        for same in together.values():
            if found := image(path, text, [at for at, _ in same], same[0][1]):
                yield found


def _put(everything: Iterable[NodeRef]) -> Iterator[str]:
    """Yield the name of each resource that some job pushes to."""
    for at in everything:
        if name := scalar_at(at.node, "put"):
            resource = scalar_at(at.node, "resource") or name
            yield resource.value


def _use(at: NodeRef, put: set[str]) -> Use | None:
    """Return what the mapping *at* is used for, if it is of an image at all."""
    kind = scalar_at(at.node, "type")
    if not isinstance(at.node, Mapping) or kind is None or kind.value not in _TYPES:
        return None
    match steps_to(at.path, 2):
        case (int(), "resource_types" | "prototypes"):
            return Use.TYPE
        case (int(), "resources"):
            name = scalar_at(at.node, "name")
            return Use.PUSHED if name and name.value in put else Use.PULLED
        case ("image_resource", *_):
            return Use.PULLED
        case _:
            return None
