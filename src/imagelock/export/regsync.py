"""A configuration for regsync, which copies images and keeps their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, pinned
from imagelock.export.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.image import Image

SUMMARY: Final = "a configuration for regsync, by digest, with the tags (`--to`)"
_NOWHERE: Final = "registry.example.com"


def export(request: Request) -> Exported:
    """Return a step for each image; its target keeps repository and tag."""
    lines = ["version: 1", "sync:" if request.images else "sync: []"]
    for image in request.images:
        lines += _step(image, request)
    warnings = (
        ()
        if request.destination
        else (f"no `--to` was given: `{_NOWHERE}` stands for it",)
    )
    return Exported("".join(f"{line}\n" for line in lines), warnings)


def _step(image: Image, request: Request) -> Iterator[str]:
    reference = image.reference
    target = f"{request.destination or _NOWHERE}/{reference.repository}"
    suffix = f":{reference.tag}" if reference.tag else f"@{image.digest}"
    yield f"  - source: {quoted(pinned(image))}"
    yield f"    target: {quoted(target + suffix)}"
    yield "    type: image"
    if request.per_platform and image.platforms:
        yield "    platforms:"
        yield from (f"      - {quoted(str(m.platform))}" for m in image.platforms)
