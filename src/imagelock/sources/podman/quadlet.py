"""Images in units of Podman's Quadlet, and in their drop-ins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.context import path_below
from imagelock.sources.dockerfile.build_arguments import base_images
from imagelock.sources.dockerfile.flags import csv_fields, split_words
from imagelock.sources.podman.names import DOCKER_SCHEME, classify_for_podman
from imagelock.sources.podman.units import Malformed, assignments
from imagelock.sources.protocol import About
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.podman.units import Assignment
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

ABOUT: Final = About(
    recognised="`*.container`, `*.image`, `*.volume`, `*.build`, `*.kube`, `*.pod` and"
    " `*.artifact` with a section of Quadlet, and their drop-ins"
    " (`web.container.d/*.conf`)",
    read="`Image=`, `Mount=type=image,source=`, `Artifact=`, and the file of a build"
    " (`File=`) whatever its name is",
    not_read="comments, `ImageTag=` (it names the result), other units (`app.image`),"
    " archives and folders",
    pinned="behind the tag",
    notes="Podman looks up a name without a registry in a configuration of the"
    " machine: it is skipped (`short-name`). An assignment that a later one"
    " overrides is locked as well.",
)
_SECTION: Final = re.compile(
    r"^[ \t]*+\[(?:Container|Image|Volume|Build|Kube|Pod|Artifact)\]", re.MULTILINE
)
_PULLED: Final = frozenset(
    {
        ("Artifact", "Artifact"),
        ("Container", "Image"),
        ("Image", "Image"),
        ("Volume", "Image"),
    }
)
_SPECIFIER: Final = re.compile(r"%(?:%|(?P<letter>[A-Za-z]))")
_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]")
_ACTION: Final = re.compile(r"\{[{%#]|<%")
"""A line of a template (`app.container.j2`), of which nothing may be left."""

_MOUNTED: Final = frozenset({"image", "artifact"})


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what has a section of Quadlet."""
    del path
    return _SECTION.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each assignment, also of those that a later one overrides."""
    file = SourceFile(path=path, text=text, format="quadlet")
    for line in assignments(text.value):
        if isinstance(line, Malformed):
            yield from _malformed(file, line)
            continue
        key = f"{line.section}.{line.key}"
        if (line.section, line.key) in _PULLED:
            yield _image(file, line.value, key)
        elif line.key == "ImageTag":
            yield _image_tag(file, line, key)
        elif key == "Container.Mount":
            for source in _image_sources(line.value):
                yield _image(file, source, key)
        elif key == "Build.File" and (
            dockerfile := path_below(path.parent, line.value.text)
        ):
            yield from base_images(dockerfile, {}, context)


def _image_sources(value: SourceSlice) -> Iterator[SourceSlice]:
    """Yield the sources of image mounts in *value* (podman-run(1))."""
    for mount in split_words(value):
        settings: dict[str, SourceSlice] = {}
        for field in csv_fields(mount):
            key, _, _ = field.text.partition("=")
            settings[key] = field.part(len(key) + 1, len(field.text))
        kind = settings.get("type")
        source = settings.get("source") or settings.get("src")
        if kind and kind.text in _MOUNTED and source and source.text:
            yield source


def _image(file: SourceFile, value: SourceSlice, key: str) -> Found:
    if value.text.startswith(DOCKER_SCHEME) and value.text != DOCKER_SCHEME:
        value = value.part(len(DOCKER_SCHEME), len(value.text))
    place = _place(file, value, key)
    if key != "Image.Image" and value.text.endswith((".image", ".build")):
        detail = f"`{value.text}` is another unit, which names the image"
        return Skipped(place=place, reason=Reason.UNIT, detail=detail)
    if any(match["letter"] for match in _SPECIFIER.finditer(value.text)):
        detail = f"`{value.text}`: systemd puts something else for `%` and a letter"
        return Skipped(place=place, reason=Reason.SPECIFIER, detail=detail)
    if _VARIABLE.search(value.text):
        detail = f"`{value.text}`: a variable of the service decides it"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    return classify_for_podman(value.text, place)


def _image_tag(file: SourceFile, line: Assignment, key: str) -> Skipped:
    """Return the name that a unit gives to an image, pulled or built."""
    is_built = line.section == "Build"
    purpose = (
        "the build gives this name to its result" if is_built else "only another name"
    )
    return Skipped(
        place=_place(file, line.value, key),
        reason=Reason.BUILD_OUTPUT if is_built else Reason.ALIAS,
        detail=f"`{line.value.text}`: {purpose}",
    )


def _malformed(file: SourceFile, line: Malformed) -> Iterator[Skipped]:
    if not _ACTION.match(line.line.text):
        place = _place(file, line.line, "line")
        yield Skipped(place=place, reason=Reason.UNPARSEABLE, detail=line.detail)


def _place(file: SourceFile, value: SourceSlice, use: str) -> Place:
    return file.place_of(value.start, value.end, use)
