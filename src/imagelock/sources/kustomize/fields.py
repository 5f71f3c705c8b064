"""Fields of objects that Kustomize knows: containers, and where it looks for names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imagelock.sources.relations import ManifestImage

_BY_NAME: Final = re.compile(
    r"(?:.*\.)?(?:containers|initContainers)\[[^\]]+\]\.image"
    r"|spec(?:\.template\.spec)?\.volumes\[[^\]]+\]\.image\.reference"
)
"""Fields in which Kustomize looks for the names of `images` (`filters/imagetag`)."""

_IN_LIST: Final = re.compile(
    r"((?:.*\.)?(?:containers|initContainers|ephemeralContainers))\[(\d+)\]\.image"
)


def has_name(image: ManifestImage) -> bool:
    """Return whether Kustomize looks for the name of *image*, by its field.

    An image without a field is in any such field.
    """
    return not image.field or _BY_NAME.fullmatch(image.field) is not None


def place_in_list(field: str) -> tuple[str, int] | None:
    """Return the list of containers that *field* is in, and the index there."""
    match = _IN_LIST.fullmatch(field)
    return (match[1], int(match[2])) if match else None


def field_in_list(containers: str, index: int) -> str:
    """Return the field of the image of a container in the list *containers*."""
    return f"{containers}[{index}].image"


def is_at_or_below(field: str, above: str) -> bool:
    """Return whether the field *above* is *field*, or has it inside."""
    return field == above or field.startswith((f"{above}.", f"{above}["))
