"""What a target of `export` is given, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference


NOWHERE: Final = "registry.example.com"
"""The registry of a list of copies for which the user named none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The lock, what the files name, and what the user wants of it.

    `content` returns the bytes of one of `files`. `destination` is the
    registry, with a path or without, that copies go to. `files` are all files of the
    project, also those in which nothing was found. `per_platform` wants the
    manifests of the declared platforms in the place of the index. `is_insecure` tells whether the
    project reaches a registry, by its name, without TLS or whatever its certificate.
    """

    lockfile: Lockfile
    found: Sequence[Found]
    files: Sequence[PurePosixPath]
    content: Callable[[PurePosixPath], bytes]
    is_insecure: Callable[[str], bool]
    destination: str = ""
    per_platform: bool = False

    def used(self, *formats: str) -> Iterator[tuple[Occurrence, Image]]:
        """Yield each place of one of *formats*, of any by default, with its image."""
        for one in self.found:
            if isinstance(one, Occurrence) and (
                not formats or one.place.format in formats
            ):
                image = self.lockfile.images.get(one.reference.key)
                if image is not None:
                    yield one, image

    def text(self, path: PurePosixPath) -> Text:
        """Return the text of the file at *path*."""
        return Text.decode(self.content(path))

    @property
    def images(self) -> list[Image]:
        """Return the locked images that the files use, sorted by reference."""
        images = {image.reference: image for _, image in self.used()}
        return [images[key] for key in sorted(images, key=str)]

    @property
    def not_locked(self) -> list[Reference]:
        """Return what the files use and the lock lacks, sorted."""
        keys = {o.reference.key for o in self.found if isinstance(o, Occurrence)}
        return sorted(keys - self.lockfile.images.keys(), key=str)


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of the other tool's file, and what it cannot say, in sentences."""

    text: str
    warnings: tuple[str, ...] = ()


class Target(Protocol):
    """One file of another tool. A module with these two names is a target."""

    SUMMARY: str
    """What it makes and for which tool, in one line."""

    def export(self, request: Request) -> Exported:
        """Return the file for *request*; nothing is written and nothing raised."""
        ...


def about_copies(request: Request) -> tuple[str, ...]:
    """Return what to say about copies whose names lose the name of their registry."""
    warnings = []
    if not request.destination:
        warnings.append(f"no `--to` was given: `{NOWHERE}` stands for it")
    names: dict[tuple[str, str | None], Image] = {}
    for image in request.images:
        one = image.reference
        other = names.setdefault((one.repository, one.tag), image)
        if one.tag and other.digest != image.digest:
            warnings.append(
                f"`{other.reference}` and `{one}` get one name: export them one at a"
                " time, each to a path of its own"
            )
    return tuple(warnings)


def pinned(image: Image) -> str:
    """Return the name of *image* with its tag and its digest."""
    return str(image.reference.at(image.digest))
