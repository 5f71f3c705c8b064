"""Which names mean an image that the project builds, and in which files."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.reference import Reference
from imagelock.sources.relations import BuiltImage
from imagelock.sources.shared.build_commands import BuiltName, built_by_commands
from imagelock.sources.shared.official_images import is_of_the_project

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.sources.shared.source_file import SourceFile

_ACTION: Final = "docker/build-push-action@"
_TAGS: Final = re.compile(
    r"^(?P<indent>[ \t]++)tags:[ \t]*+"
    r"(?P<items>[^\n|>#][^\n]*+|[|>][-+]?[ \t]*+\n(?:(?P=indent)[ \t]++[^\n]*+\n?)*+)",
    re.MULTILINE,
)
_ITEM: Final = re.compile(r"[\w./:-]++(?![^\s,\"'])")


def built_image(
    name: str, place: Place, files: Iterable[PurePosixPath], *, is_context: bool = False
) -> BuiltImage | None:
    """Return the image that something builds under *name*, written at *place*.

    *files* are those that certainly mean it by that name. Others do, too, if nobody can
    publish an image of that name, whatever its tag: at Docker Hub, only official images
    have no `/`, and a registry on `localhost` is the project's own. `None` if *name* is
    not the name of an image, such as `${APP}`. With *is_context*, it is the name of a
    context that a build gets.
    """
    try:
        reference = Reference.parse(name)
    except InvalidReferenceError:
        return None
    if reference.digest:
        return None
    if is_of_the_project(reference):
        return BuiltImage(
            reference=reference, place=place, has_any_tag=True, is_context=is_context
        )
    return BuiltImage(
        reference=reference, place=place, files=frozenset(files), is_context=is_context
    )


def built_by_pipeline(file: SourceFile) -> Iterator[BuiltImage]:
    """Yield the images that steps of *file*, a pipeline, build.

    By `docker build --tag NAME`, or by GitHub's `docker/build-push-action`.
    """
    text = file.text.value
    names = chain(built_by_commands(text), _by_actions(text))
    return built_as(file, names, [file.path])


def built_as(
    file: SourceFile, names: Iterable[BuiltName], files: Collection[PurePosixPath]
) -> Iterator[BuiltImage]:
    """Yield the images that *names* in *file* mean; *files* are as in `built_image`."""
    for name in names:
        place = file.place_of(name.start, name.end, "build")
        built = built_image(name.name, place, files, is_context=name.is_context)
        if built is not None:
            yield built


def _by_actions(text: str) -> Iterator[BuiltName]:
    """Yield each item of a key `tags` if the action is used."""
    for tags in _TAGS.finditer(text) if _ACTION in text else ():
        for name in _ITEM.finditer(text, *tags.span("items")):
            yield BuiltName(*name.span(), name[0])
