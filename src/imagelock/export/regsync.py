"""A configuration for regsync, which copies images and keeps their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export.target import NOWHERE, Exported, Request, about_copies, pinned
from imagelock.export.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image

SUMMARY: Final = "a configuration for regsync, by digest, with the tags (`--to`)"


def export(request: Request) -> Exported:
    """Return a step for each image; its target keeps repository and tag."""
    lines = ["version: 1", "sync:" if request.images else "sync: []"]
    for image in request.images:
        lines += _step(image, request)
    return Exported("".join(f"{line}\n" for line in lines), about_copies(request))


def _step(image: Image, request: Request) -> Iterator[str]:
    reference = image.reference
    target = f"{request.destination or NOWHERE}/{reference.repository}"
    suffix = f":{reference.tag}" if reference.tag else f"@{image.digest}"
    yield f"  - source: {quoted(pinned(image))}"
    yield f"    target: {quoted(target + suffix)}"
    yield "    type: image"
    if request.per_platform and image.platforms:
        yield "    platforms:"
        yield from (f"      - {quoted(str(m.platform))}" for m in image.platforms)
