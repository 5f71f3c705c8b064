"""One image on each line, with tag and digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, pinned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image

SUMMARY: Final = "a line `registry/repository:tag@digest` for each image"


def export(request: Request) -> Exported:
    """Return the list; by platform, the manifest of each declared platform."""
    lines = (line for image in request.images for line in _lines(image, request))
    return Exported("".join(f"{line}\n" for line in lines))


def _lines(image: Image, request: Request) -> Iterator[str]:
    if request.per_platform and image.platforms:
        yield from (f"{image.reference.name}@{m.digest}" for m in image.platforms)
    else:
        yield pinned(image)
