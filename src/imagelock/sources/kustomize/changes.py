"""Which images of the manifests a kustomization changes, by a name or by a patch."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.sources.relations import ManifestImage
from imagelock.sources.shared.kustomize_names import NamePatterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.sources.kustomize.patches import Patch
    from imagelock.sources.shared.kustomize_images import ImageEntry

_BY_NAME: Final = re.compile(
    r"(?:.*\.)?(?:containers|initContainers)\[[^\]]+\]\.image"
    r"|spec(?:\.template\.spec)?\.volumes\[[^\]]+\]\.image\.reference"
)
"""Fields in which Kustomize looks for the names of `images` (`filters/imagetag`)."""

_IN_LIST: Final = re.compile(
    r"((?:[^\[]*\.)?(?:containers|initContainers|ephemeralContainers))"
    r"\[[^\]]+\]\.image"
)

_Slot = tuple[str, str]
"""A field, or a list of containers and the name of a container."""


def has_name(image: ManifestImage) -> bool:
    """Return whether Kustomize looks for the name of *image*, by its field.

    An image without a field is in any such field.
    """
    return not image.field or _BY_NAME.fullmatch(image.field) is not None


@dataclass(frozen=True, slots=True)
class ImageChanges:
    """The images that entries rename, or that patches put others in place of."""

    names: NamePatterns
    patched: dict[_Slot, list[ManifestImage]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, entries: Iterable[ImageEntry], patches: Iterable[Patch]
    ) -> ImageChanges:
        """Return the changes by *entries* and *patches*."""
        names = NamePatterns.of(e.name for e in entries if e.is_effective)
        patched: dict[_Slot, list[ManifestImage]] = defaultdict(list)
        for patch in patches:
            for image in chain.from_iterable(images for _, images in patch.images):
                slot = _slot(image)
                if slot and patch.selector.has_certainly(image):
                    patched[slot].append(image)
        return cls(names, dict(patched))

    def __bool__(self) -> bool:
        return bool(self.names.plain or self.patched)

    def __contains__(self, image: object) -> bool:
        if not isinstance(image, ManifestImage):
            return False
        if has_name(image) and self.names.match(image.value):
            return True
        slot = _slot(image)
        return slot is not None and any(
            _is_of(patched, image) for patched in self.patched.get(slot, ())
        )


def _slot(image: ManifestImage) -> _Slot | None:
    """Return the place of *image* by which a patch finds it, if it finds only that."""
    if "[" not in image.field:
        return (image.field, "") if image.field else None
    of_list = _IN_LIST.fullmatch(image.field)
    return (of_list[1], image.container) if of_list and image.container else None


def _is_of(patched: ManifestImage, image: ManifestImage) -> bool:
    """Return whether a patch with the image *patched* is for the object of *image*."""
    return (
        patched.kind in {"", image.kind}
        and patched.name in {"", image.name}
        and patched.namespace in {"", image.namespace}
    )
