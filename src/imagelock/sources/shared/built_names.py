"""Which names mean an image that the project builds, and in which files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.reference import Reference
from imagelock.sources.relations import BuiltImage
from imagelock.sources.shared.official_images import OFFICIAL_IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.sources.shared.source_file import SourceFile

_BUILDS: Final = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah)(?:[ \t]++(?:buildx|image|builder))?"
    r"[ \t]++(?:build|bud)\b(?P<options>(?:\\\r?\n|[^\n;&|])*+)"
)
_TAG: Final = re.compile(
    r"""(?:^|[\s"'])(?:-t|--tag)(?:[ \t]++|=)["']?(?P<name>[\w./:-]++)["']?(?=[\s"'\\]|$)"""
)
_ACTION: Final = "docker/build-push-action@"
_TAGS: Final = re.compile(
    r"^(?P<indent>[ \t]++)tags:[ \t]*+"
    r"(?P<items>[^\n|>#][^\n]*+|[|>][-+]?[ \t]*+\n(?:(?P=indent)[ \t]++[^\n]*+\n?)*+)",
    re.MULTILINE,
)
_ITEM: Final = re.compile(r"[\w./:-]++(?![^\s,\"'])")


def built_image(
    name: str, place: Place, files: Iterable[PurePosixPath]
) -> BuiltImage | None:
    """Return the image that something builds under *name*, written at *place*.

    *files* are those that certainly mean it by that name. Others do, too, if nobody
    can publish an image of that name, whatever its tag: at Docker Hub, only official
    images have no `/`. `None` if *name* is not the name of an image, such as `${APP}`.
    """
    try:
        reference = Reference.parse(name)
    except InvalidReferenceError:
        return None
    if reference.digest:
        return None
    bare = name.partition(":")[0]
    if "/" not in bare and bare not in OFFICIAL_IMAGES:
        return BuiltImage(reference=reference, place=place, has_any_tag=True)
    return BuiltImage(reference=reference, place=place, files=frozenset(files))


def built_by_pipeline(file: SourceFile) -> Iterator[BuiltImage]:
    """Yield the images that steps of *file*, a pipeline, build.

    By `docker build --tag NAME`, or by GitHub's `docker/build-push-action`.
    """
    text = file.text.value
    for start, end in (*_by_commands(text), *_by_actions(text)):
        place = file.place_of(start, end, "build")
        if built := built_image(place.text, place, [file.path]):
            yield built


def _by_commands(text: str) -> Iterator[tuple[int, int]]:
    """Yield the range of each name that a command gives to what it builds."""
    for command in _BUILDS.finditer(text) if " build" in text else ():
        for tag in _TAG.finditer(text, *command.span("options")):
            yield tag.span("name")


def _by_actions(text: str) -> Iterator[tuple[int, int]]:
    """Yield the range of each item of a key `tags` if the action is used."""
    for tags in _TAGS.finditer(text) if _ACTION in text else ():
        for name in _ITEM.finditer(text, *tags.span("items")):
            yield name.span()
