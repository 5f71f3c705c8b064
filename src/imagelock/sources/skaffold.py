"""Images in the configuration of Skaffold: what it builds with, and what it runs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.plain import broken, named
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="YAML with `apiVersion: skaffold/…`",
    read="`builder` and `runImage` of `buildpacks`, `fromImage` of `jib` and `ko`, the"
    " images of `kaniko`, `googleCloudBuild`, `verify` and `customActions`, also in"
    " `profiles`",
    not_read="names of artifacts, which Skaffold builds, and buildpacks themselves",
    pinned="behind the tag",
)
_VERSION: Final = re.compile(
    r"""^["']?apiVersion["']?[ \t]*+:[ \t]*+["']?skaffold/""", re.MULTILINE
)
_OUTPUTS: Final = ("build.artifacts[].image", "test[].image", "deploy.docker.images[]")
_OF_ARTIFACTS: Final = (
    "buildpacks.builder",
    "buildpacks.runImage",
    "buildpack.builder",
    "buildpack.runImage",
    "jib.fromImage",
    "kaniko.image",
    "kaniko.initImage",
    "ko.fromImage",
)
_OF_CLOUD_BUILD: Final = ("docker", "gradle", "kaniko", "ko", "maven", "pack")
_IMAGES: Final = (
    *(f"build.artifacts[].{key}" for key in _OF_ARTIFACTS),
    *(f"build.googleCloudBuild.{key}Image" for key in _OF_CLOUD_BUILD),
    "build.googleCloudBuild.platformEmulatorInstallStep.image",
    "verify[].container.image",
    "customActions[].containers[].image",
)
"""Skaffold's `schema/latest/config.go`; each may stand in a profile, too."""

_REMOTE: Final = "registry://"
_LOCAL: Final = re.compile(r"(?:docker|tar)://")


def may_match(path: PurePosixPath) -> bool:
    """Match the endings of YAML files."""
    return path.suffix.lower() in {".yaml", ".yml"}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what says that it is Skaffold's."""
    return may_match(path) and _VERSION.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the names of artifacts, and what Skaffold builds with and runs."""
    del context
    found: dict[int, Found] = {}
    nodes = list(documents(text))
    outputs = [one for node in nodes for one in _select(node, _OUTPUTS)]
    built = frozenset(_value(one) for one in outputs)
    for one in (*outputs, *(one for node in nodes for one in _select(node, _IMAGES))):
        if image := named(path, text, _reference(text.value, one), "skaffold"):
            found.setdefault(one.node.start, _judged(image, _value(one), built))
    for node in nodes:
        if isinstance(node, Broken):
            found.setdefault(node.start, broken(path, text, node, "skaffold"))
    yield from (found[start] for start in sorted(found))


def _select(node: Node | Broken, patterns: tuple[str, ...]) -> Iterator[NodeRef]:
    if isinstance(node, Broken):
        return
    visits = VisitLimit()
    for pattern in patterns:
        yield from select(NodeRef(node), pattern, visits)
        yield from select(NodeRef(node), f"profiles[].{pattern}", visits)


def _reference(source: str, one: NodeRef) -> NodeRef:
    """Return *one* without what Jib allows before a name: `registry://`."""
    node = one.node
    if not isinstance(node, Scalar) or not node.value.startswith(_REMOTE):
        return one
    skipped = len(_REMOTE) if source.startswith(_REMOTE, node.start) else 0
    name = Scalar(node.value[len(_REMOTE) :], node.start + skipped, node.end)
    return replace(one, node=name)


def _judged(found: Found, value: str, built: frozenset[str]) -> Found:
    if value in built:
        detail = f"`{value}` is the name of what Skaffold builds"
        return Skipped(place=found.place, reason=Reason.BUILD_OUTPUT, detail=detail)
    if _LOCAL.match(value):
        # Jib takes a base image from other places, too.
        detail = f"`{value}` is on the machine itself, and no registry is asked"
        return Skipped(place=found.place, reason=Reason.LOCAL, detail=detail)
    return found


def _value(one: NodeRef) -> str:
    return one.node.value.strip() if isinstance(one.node, Scalar) else ""
