"""Workflows of GitHub, Gitea and Forgejo, with the arguments of the builds in them."""

from __future__ import annotations

import os
import re
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.build_contexts import INPUT, context_images, context_names
from imagelock.sources.path_tables import GITHUB_ACTIONS
from imagelock.sources.relations import Usage
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.located_values import (
    EXPRESSION,
    LocatedValue,
    collapse_aliases,
)
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.workflow_env import WorkflowEnv, WorkflowEnvs
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

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.build_arguments import BuildArgument
    from imagelock.sources.relations import Relation

ABOUT: Final = replace(
    GITHUB_ACTIONS.ABOUT,
    read=f"{GITHUB_ACTIONS.ABOUT.read}; of `docker/build-push-action`, `build-args`"
    " that decide a `FROM`, `build-contexts` with `docker-image://`, and the `file`"
    " that it builds whatever its name is; images in"
    " inputs of well-known actions (`helm/kind-action`, `docker/setup-qemu-action`,"
    " `docker/setup-buildx-action`, `addnab/docker-run-action`)",
    not_read=GITHUB_ACTIONS.ABOUT.not_read.replace("inputs of", "other inputs of"),
    notes=f"{GITHUB_ACTIONS.ABOUT.notes} Where parts of a name are values of a matrix, there"
    " is an image for each job, if all of them are plainly listed, without `exclude`; these"
    " are locked, and not pinned. In the inputs of a step, `${{{{ env.NAME }}}}` is"
    " known if the file sets it plainly: in `env` of the step, or of the job or the"
    " workflow, unless a command of the job writes to `GITHUB_ENV`. An image that is such"
    " a variable as a whole is pinned there. GitHub does not know `env` in `container` and"
    " `services`, where Gitea and Forgejo do.",
)
matches = GITHUB_ACTIONS.matches

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

_WITH_ENV: Final = frozenset({(".gitea", "workflows"), (".forgejo", "workflows")})
"""Folders of workflows in which `env` is known in all places."""

_IN_JOBS: Final = ("container", "container.image", "services.*.image")
_ARGUMENTS: Final = "build-args"
_SHARED: Final = "the variable is only a part of it, and may have other uses"
_ARGUMENT: Final = re.compile(
    r"""(?m)^[ \t]*+(?P<quote>"?)(?P<key>\w++)=(?P<value>[^\r\n]*?)(?P=quote)[ \t]*+$"""
)
"""A line of a list as Docker's actions read it."""


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield what steps build, and the Dockerfiles in which they replace names."""
    yield from GITHUB_ACTIONS.relations(path, text, context)
    if _BUILD not in text.value or INPUT not in text.value:
        return
    for step in chain.from_iterable(map(_steps, _documents(text))):
        dockerfile = _dockerfile(step)
        if _BUILD in text_at(step.node, "uses") and dockerfile is not None:
            yield Usage(path=dockerfile, replaced=context_names(step))


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of jobs and steps, and those that inputs of actions decide."""
    file = SourceFile(path=path, text=text, format=GITHUB_ACTIONS.name)
    found = GITHUB_ACTIONS.find(path, text, context)
    if path.parts[-3:-1] in _WITH_ENV and "env." in text.value:
        found = _with_env_of_jobs(file, found)
    yield from found
    actions = (_BUILD, _BUILDER, *(action for action, _ in _IMAGE_INPUTS))
    if not any(action in text.value for action in actions):
        return
    for top in _documents(text):
        envs = WorkflowEnvs(file, top)
        for step in _steps(top):
            if _BUILD in text_at(step.node, "uses"):
                yield from _base_images(envs.of_step(step), step, context)
                for finding in context_images(file, step):
                    yield _resolved_context(_explained(finding), envs, step)
            yield from _inputs(envs, step)


def _steps(top: NodeRef) -> Iterator[NodeRef]:
    """Yield the steps of all jobs, or of an action."""
    visits = VisitLimit()
    for pattern in _STEPS:
        yield from select(top, pattern, visits)


def _documents(text: Text) -> Iterator[NodeRef]:
    for document in documents(text):
        if not isinstance(document, Broken):
            yield NodeRef(document)


def _with_env_of_jobs(file: SourceFile, found: Iterator[Found]) -> Iterator[Found]:
    """Yield *found*, with the images of containers that variables of the file decide."""
    known: dict[Span, Found] = {}
    for top in _documents(file.text):
        envs = WorkflowEnvs(file, top)
        for job in select(top, "jobs.*", VisitLimit()):
            for pattern in _IN_JOBS:
                for at in select(job, pattern, VisitLimit()):
                    image = _with_env(envs.of_job(job), at)
                    if image is not None:
                        place, found_there = image
                        known[place.span] = found_there
    for finding in found:
        yield known.get(finding.place.span, finding)


def _with_env(env: WorkflowEnv, at: NodeRef) -> tuple[Place, Found] | None:
    """Return the image that the scalar *at* is by *env*, and the place of its text."""
    node = at.node
    if not isinstance(node, Scalar) or "env." not in node.value:
        return None
    place = env.file.trimmed_place((node.start, node.end), dotted(at.path))
    image = env.image(node.value.strip(), place)
    return (place, image) if image is not None else None


def _inputs(envs: WorkflowEnvs, step: NodeRef) -> Iterator[Found]:
    """Yield the images in inputs of the action of *step*, which pulls them."""
    action = text_at(step.node, "uses")
    for name, key in _IMAGE_INPUTS:
        if action.startswith(name):
            for at in select(step, f"with.{key}", VisitLimit()):
                yield from _input(envs, step, at)
    if action.startswith(_BUILDER):
        for at in select(step, "with.driver-opts", VisitLimit()):
            yield from _driver_images(envs, step, at)


def _input(envs: WorkflowEnvs, step: NodeRef, at: NodeRef) -> Iterator[Found]:
    """Yield the image that the input *at* is."""
    for finding in collapse_aliases(envs.file, [LocatedValue(at)], (EXPRESSION,)):
        value = at.node.value.strip() if isinstance(at.node, Scalar) else ""
        yield _resolved(finding, value, envs, step)


def _resolved(finding: Found, value: str, envs: WorkflowEnvs, step: NodeRef) -> Found:
    """Return *finding*, with the variables at *step* if it is an expression of them."""
    if isinstance(finding, Skipped) and finding.reason is Reason.EXPRESSION:
        return envs.of_step(step).image(value, finding.place) or finding
    return finding


def _resolved_context(finding: Found, envs: WorkflowEnvs, step: NodeRef) -> Found:
    """Return the image *finding* of a build context, with the variables at *step*."""
    text = finding.place.text
    if text.startswith("${{"):  # it may be a context of another kind
        return finding
    return _resolved(finding, text, envs, step)


def _driver_images(envs: WorkflowEnvs, step: NodeRef, at: NodeRef) -> Iterator[Found]:
    """Yield the image of BuildKit in the options of a driver *at* a scalar."""
    node, file = at.node, envs.file
    if not isinstance(node, Scalar) or node.null:
        return
    offsets = map_offsets(file.text.value, node)
    for match in _DRIVER_IMAGE.finditer(node.value):
        value = match["value"]
        place = file.place_of(*offsets.range(*match.span("value")), dotted(at.path))
        yield _resolved(_explained(classify(value, place)), value, envs, step)


def _base_images(env: WorkflowEnv, step: NodeRef, context: Context) -> Iterator[Found]:
    """Yield the base images of what *step* builds that its arguments decide."""
    from imagelock.sources.dockerfile.build_arguments import base_images

    dockerfile = _dockerfile(step)
    arguments = dict(_arguments(env, step)) if dockerfile else {}
    if dockerfile is None or not arguments:
        return
    inputs = step.node.get("with") if isinstance(step.node, Mapping) else None
    target = text_at(inputs, "target")
    for finding in base_images(dockerfile, arguments, context, target):
        yield _pinned_where_whole(_explained(finding))


def _pinned_where_whole(finding: Found) -> Found:
    """Return *finding*, as not pinned if a variable of `env` is only a part of it."""
    if isinstance(finding, Skipped) or finding.place.location == _ARGUMENTS:
        return finding
    return replace(finding, unpinnable_reason=_SHARED) if finding.variables else finding


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


def _arguments(env: WorkflowEnv, step: NodeRef) -> Iterator[tuple[str, BuildArgument]]:
    """Yield the arguments of the build, each with the place of its value."""
    from imagelock.sources.dockerfile.build_arguments import BuildArgument

    file = env.file
    for at in select(step, "with.build-args", VisitLimit()):
        node = at.node
        if not isinstance(node, Scalar) or node.null:
            continue
        offsets = map_offsets(file.text.value, node)
        for match in _ARGUMENT.finditer(node.value):
            value = match["value"]
            if value:
                span = offsets.range(*match.span("value"))
                place = file.place_of(*span, _ARGUMENTS)
                yield match["key"], BuildArgument(*(env.whole(value) or (value, place)))
