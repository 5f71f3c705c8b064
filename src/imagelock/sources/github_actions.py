"""Workflows of GitHub, Gitea and Forgejo, with the arguments of the builds in them."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Skipped
from imagelock.sources.path_tables import GITHUB_ACTIONS
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.located_values import (
    EXPRESSION,
    LocatedValue,
    collapse_aliases,
)
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    dotted,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.build_arguments import BuildArgument

ABOUT: Final = replace(
    GITHUB_ACTIONS.ABOUT,
    read=f"{GITHUB_ACTIONS.ABOUT.read}; `build-args` of `docker/build-push-action` that"
    " decide a `FROM`, and the `file` that it builds whatever its name is",
    not_read=GITHUB_ACTIONS.ABOUT.not_read.replace("inputs of", "other inputs of"),
)
matches = GITHUB_ACTIONS.matches
relations = GITHUB_ACTIONS.relations

_BUILD: Final = "/build-push-action@"
"""Docker's, and actions that take its place with the same inputs."""

_STEPS: Final = ("jobs.*.steps[]", "runs.steps[]")
_IMAGE_INPUTS: Final = (
    ("docker/setup-qemu-action@", "image"),
    ("helm/kind-action@", "node_image"),
    ("container-tools/kind-action@", "node_image"),
    ("addnab/docker-run-action@", "image"),
)
"""Actions that pull the image which an input names."""

_BUILDER: Final = "docker/setup-buildx-action@"
_DRIVER_IMAGE: Final = re.compile(
    r"""(?m)(?:^|,)[ \t]*+["']?image=(?P<value>(?:\$\{\{[^}\r\n]*+\}\}|[^\s,"'])++)"""
)
"""The image in the options of a driver, which a line or a comma separates."""

_ARGUMENT: Final = re.compile(
    r"""(?m)^[ \t]*+(?P<quote>"?)(?P<key>\w++)=(?P<value>[^\r\n]*?)(?P=quote)[ \t]*+$"""
)
"""A line of a list as Docker's actions read it."""


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of jobs and steps, and those that inputs of actions decide."""
    yield from GITHUB_ACTIONS.find(path, text, context)
    actions = (_BUILD, _BUILDER, *(action for action, _ in _IMAGE_INPUTS))
    if not any(action in text.value for action in actions):
        return
    file = SourceFile(path=path, text=text, format=GITHUB_ACTIONS.name)
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        visits = VisitLimit()
        for pattern in _STEPS:
            for step in select(NodeRef(document), pattern, visits):
                if _BUILD in text_at(step.node, "uses"):
                    yield from _base_images(file, step, context)
                yield from _inputs(file, step)


def _inputs(file: SourceFile, step: NodeRef) -> Iterator[Found]:
    """Yield the images in inputs of the action of *step*, which pulls them."""
    action = text_at(step.node, "uses")
    for name, key in _IMAGE_INPUTS:
        if action.startswith(name):
            values = map(LocatedValue, select(step, f"with.{key}", VisitLimit()))
            yield from collapse_aliases(file, values, (EXPRESSION,))
    if action.startswith(_BUILDER):
        for at in select(step, "with.driver-opts", VisitLimit()):
            yield from _driver_images(file, at)


def _driver_images(file: SourceFile, at: NodeRef) -> Iterator[Found]:
    """Yield the image of BuildKit in the options of a driver *at* a scalar."""
    node = at.node
    if not isinstance(node, Scalar) or node.null:
        return
    offsets = map_offsets(file.text.value, node)
    for match in _DRIVER_IMAGE.finditer(node.value):
        place = file.place_of(*offsets.range(*match.span("value")), dotted(at.path))
        yield _explained(classify(match["value"], place))


def _base_images(file: SourceFile, step: NodeRef, context: Context) -> Iterator[Found]:
    """Yield the base images of what *step* builds that its arguments decide."""
    from imagelock.sources.dockerfile.build_arguments import base_images

    dockerfile = _dockerfile(step)
    arguments = dict(_arguments(file, step)) if dockerfile else {}
    if dockerfile is None or not arguments:
        return
    inputs = step.node.get("with") if isinstance(step.node, Mapping) else None
    target = text_at(inputs, "target")
    for finding in base_images(dockerfile, arguments, context, target):
        yield _explained(finding)


def _explained(finding: Found) -> Found:
    """Return *finding*, as an expression if its text has one."""
    pattern, reason, why = EXPRESSION
    if isinstance(finding, Skipped) and pattern.search(finding.place.text):
        detail = f"`{finding.place.text}`: {why}"
        return replace(finding, reason=reason, detail=detail)
    return finding


def _dockerfile(step: NodeRef) -> PurePosixPath | None:
    """Return the Dockerfile that *step* builds, if it is in the project."""
    inputs = step.node.get("with") if isinstance(step.node, Mapping) else None
    folder = text_at(inputs, "context") or "."
    path = text_at(inputs, "file") or f"{folder}/Dockerfile"
    is_known = not any(mark in path for mark in ("{{", "://", "$"))
    return PurePosixPath(os.path.normpath(path)) if is_known else None


def _arguments(file: SourceFile, step: NodeRef) -> Iterator[tuple[str, BuildArgument]]:
    """Yield the arguments of the build, each with the place of its value."""
    from imagelock.sources.dockerfile.build_arguments import BuildArgument

    for at in select(step, "with.build-args", VisitLimit()):
        node = at.node
        if not isinstance(node, Scalar) or node.null:
            continue
        offsets = map_offsets(file.text.value, node)
        for match in _ARGUMENT.finditer(node.value):
            if match["value"]:
                span = offsets.range(*match.span("value"))
                place = file.place_of(*span, "build-args")
                yield match["key"], BuildArgument(match["value"], place)
