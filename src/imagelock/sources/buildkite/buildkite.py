"""Images in pipelines of Buildkite: of steps, of their plugins, and of agents.

https://buildkite.com/docs/pipelines/configure/step-types
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.buildkite.plugins import IMAGES, plugin_name
from imagelock.sources.buildkite.recognition import is_pipeline
from imagelock.sources.protocol import About
from imagelock.sources.shared.built_names import built_as, built_by_pipeline
from imagelock.sources.shared.classify import NEVER_PULLED, is_never_pulled
from imagelock.sources.shared.guess import as_guess
from imagelock.sources.shared.located_values import MACHINE, LocatedValue, find_values
from imagelock.sources.shared.matrix import Matrix
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.plain_numbers import go_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    length,
    select,
    steps_to,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.pipeline_variables import PipelineVariables
    from imagelock.syntax.yaml_json.paths import Path
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.yaml`, `.yml` and `.json` with `steps`, or a list of steps, below"
    " `.buildkite` and `buildkite` or with `buildkite` in the name; any other with"
    " `steps` and a plugin that runs images (`docker#v5.12.0:`, `kubernetes:`), or with"
    " `agents` of a `queue`",
    read="`image` of the file and of steps; `image` of the plugin `docker`; containers"
    " and image volumes in `podSpec` and `podSpecPatch`, and sidecars, of the plugin"
    " `kubernetes`; `image` and `init-image` of the plugin `k8s`; values of a matrix that"
    " `{{matrix}}` makes a whole image",
    not_read="plugins themselves, which are tags of git; commands; what the plugin"
    " `docker-compose` pushes",
    pinned="behind the tag",
    notes="Variables get their values from `[variables]` in the configuration, then from"
    " `env` of the file, then from their defaults (`${TAG:-7}`). What an `image` in"
    " `agents` means is up to the agents: with a tag or a registry it is a `guess`,"
    " and beside `provider` a virtual machine (`vm-image`).",
)
_FORMAT: Final = "buildkite"
_MATRIX: Final = Matrix(
    re.compile(r"\{\{\s*+(?P<name>matrix(?:\.[\w-]++)?)\s*+\}\}"),
    owner=0,
    paths=("matrix.[]", "matrix.setup.REST.[]", "matrix.adjustments.[].with.REST"),
)
_OF_AGENTS: Final = re.compile(r"(?:.*\.)?agents\.image", re.DOTALL)
_MACHINES: Final = ("provider", "imageProject", "imagePrefix")
_FAMILY: Final = "family/"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match files with steps by their name, and others by what only Buildkite has."""
    return is_pipeline(path, text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of steps, however they are grouped, and of their plugins."""
    file = SourceFile(path=path, text=text, format=_FORMAT)

    def values_of(document: Node) -> Iterator[LocatedValue]:
        env = document.get("env") if isinstance(document, Mapping) else None
        variables = variables_of(context, (file, env), text_of=go_text)
        top = NodeRef(document)
        visits = VisitLimit()
        for at in below(top, VisitLimit()):
            yield from _images(top, at, variables, visits)

    for finding in find_values(file, values_of):
        if not _OF_AGENTS.fullmatch(finding.place.location):
            yield finding
        elif guess := as_guess(finding, in_container=_has_host(finding.place.text)):
            yield guess


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the images that commands and plugins of the pipeline build."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    yield from built_by_pipeline(file)
    if "docker-compose" in text.value:
        from imagelock.sources.buildkite.built import built_by_plugins

        yield from built_as(file, built_by_plugins(text), [path])


def _images(
    top: NodeRef, at: NodeRef, variables: PipelineVariables, visits: VisitLimit
) -> Iterator[LocatedValue]:
    """Yield *at* if it is the image of a step, or the images of the plugin in *at*."""
    if _is_image_of_step(at.path):
        yield LocatedValue(at, variables=variables)
    elif steps_to(at.path, 2) == ("image", "agents"):
        is_machine = any(text_at(at.parent, key) for key in _MACHINES) or text_at(
            at.parent, "image"
        ).startswith(_FAMILY)
        yield LocatedValue(at, MACHINE if is_machine else None, variables=variables)
    elif plugin := plugin_name(at.path):
        step = replace(_MATRIX, owner=_depth_of_step(at.path))
        for place in IMAGES.get(plugin, ()):
            for image in select(at, place, visits):
                why = NEVER_PULLED if is_never_pulled(image.parent) else None
                yield LocatedValue(image, why, variables=variables)
                for each in step.values(top, image, variables):
                    yield LocatedValue(each, variables=variables)


def _is_image_of_step(path: Path) -> bool:
    """Return whether *path* is that of an image of all steps, or of one of them."""
    match steps_to(path, 3):
        case ("image",) | ("image", int()) | ("image", int(), "steps"):
            return True
        case _:
            return False


def _depth_of_step(plugin: Path) -> int:
    """Return how many steps of the path of a *plugin* lead to its step."""
    has_list = isinstance(steps_to(plugin, 2)[1], int)
    return length(plugin) - (3 if has_list else 2)


def _has_host(image: str) -> bool:
    return "." in image.partition("/")[0] and "/" in image
