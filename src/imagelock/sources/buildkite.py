"""Images in pipelines of Buildkite: of steps and of their plugins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import LocatedValue, find_values
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.plain_numbers import go_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    select,
    steps_to,
)
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.paths import Path
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.yaml`, `.yml` and `.json` below `.buildkite`; `buildkite.yml`,"
    " `pipeline.buildkite.yml` and the like",
    read="`image` of the file and of steps; `image` of the plugin `docker`; containers"
    " in `podSpec` and `podSpecPatch`, and sidecars, of the plugin `kubernetes`",
    not_read="plugins themselves, which are tags of git; commands",
    pinned="behind the tag",
    notes="Variables get their values from `[variables]` in the configuration, then from"
    " `env` of the file, then from their defaults (`${TAG:-7}`).",
)
_PLUGIN: Final = re.compile(
    r"(?s)(?:.*/)?(docker|kubernetes)(?:-buildkite-plugin)?(?:\.git)?(?:#.*)?"
)
_IN_PLUGIN: Final = {
    "docker": ("image",),
    "kubernetes": tuple(
        f"{place}[].image"
        for place in (
            "podSpec.containers",
            "podSpec.initContainers",
            "podSpecPatch.containers",
            "podSpecPatch.initContainers",
            "sidecars",
        )
    ),
}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text with `steps`, which is a keyword of the catalog."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of steps, however they are grouped, and of their plugins."""
    file = SourceFile(path=path, text=text, format="buildkite")

    def values_of(document: Node) -> Iterator[LocatedValue]:
        env = document.get("env") if isinstance(document, Mapping) else None
        variables = variables_of(context, (file, env), text_of=go_text)
        visits = VisitLimit()
        for at in below(NodeRef(document), VisitLimit()):
            for image in _images_of_step(at, visits):
                yield LocatedValue(image, variables=variables)

    return find_values(file, values_of)


def _images_of_step(at: NodeRef, visits: VisitLimit) -> Iterator[NodeRef]:
    """Yield *at* if it is the image of a step, or the images of the plugin in *at*."""
    if steps_to(at.path, 4) == ("image",) or _is_image_of_step(at.path):
        yield at
    elif plugin := _plugin(at.path):
        for place in _IN_PLUGIN[plugin]:
            yield from select(at, place, visits)


def _is_image_of_step(path: Path) -> bool:
    match steps_to(path, 3):
        case ("image", int(), "steps"):
            return True
        case _:
            return False


def _plugin(path: Path) -> str | None:
    """Return which plugin the mapping at *path* configures, if images are in it."""
    match steps_to(path, 3):
        case (str(key), int(), "plugins") | (str(key), "plugins", *_):
            name = _PLUGIN.fullmatch(key)
            return name[1] if name else None
        case _:
            return None
