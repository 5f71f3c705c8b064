"""A regsync configuration that copies images and keeps their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export.target import (
    DEFAULT_DESTINATION,
    Exported,
    Request,
    copy_warnings,
    pinned,
    yaml_string,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image

SUMMARY: Final = "a regsync configuration that copies by digest and keeps tags (`--to`)"


def export(request: Request) -> Exported:
    """Return a sync step for each image; the target keeps the repository and tag."""
    lines = ["version: 1", "sync:" if request.images else "sync: []"]
    for image in request.images:
        lines += _step(image, request)
    return Exported("".join(f"{line}\n" for line in lines), copy_warnings(request))


def _step(image: Image, request: Request) -> Iterator[str]:
    reference = image.reference
    target = f"{request.destination or DEFAULT_DESTINATION}/{reference.repository}"
    suffix = f":{reference.tag}" if reference.tag else f"@{image.digest}"
    yield f"  - source: {yaml_string(pinned(image))}"
    yield f"    target: {yaml_string(target + suffix)}"
    yield "    type: image"
    if request.per_platform and image.platforms:
        yield "    platforms:"
        yield from (f"      - {yaml_string(str(m.platform))}" for m in image.platforms)
