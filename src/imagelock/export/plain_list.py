"""A plain list with one image per line, with tag and digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, pinned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image

SUMMARY: Final = "a plain list with `registry/repository:tag@digest` on each line"


def export(request: Request) -> Exported:
    """Return the list; per platform, the manifest of each declared platform."""
    names = (name for image in request.images for name in _names(image, request))
    return Exported("".join(f"{name}\n" for name in names))


def _names(image: Image, request: Request) -> Iterator[str]:
    if request.per_platform and image.platforms:
        yield from (f"{image.reference.name}@{m.digest}" for m in image.platforms)
    else:
        yield pinned(image)
