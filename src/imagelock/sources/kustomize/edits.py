"""What a patch does to an object, as far as the images of the object go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.sources.kustomize.fields import (
    field_in_list,
    is_at_or_below,
    place_in_list,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.occurrence import Found
    from imagelock.sources.relations import ManifestImage

_WITH_KEYS: Final = frozenset(
    {
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "Pod",
        "PodTemplate",
        "ReplicaSet",
        "ReplicationController",
        "StatefulSet",
    }
)
"""Kinds whose containers are merged by their names. Other kinds get the new list."""

_ITEM: Final = re.compile(r"(.*)\[(\d+|-)\]")
_END: Final = "-"

Put = tuple["Found", tuple["ManifestImage", ...]]
"""A finding in a patch, and the images that it is in the object."""


@dataclass(frozen=True, slots=True)
class ObjectMerge:
    """An object that is merged with another.

    `puts` are its images. `containers` are the names in each of its lists of
    containers, `removed` those that it deletes, and `whole` the lists that it puts
    in place of others.
    """

    puts: tuple[Put, ...]
    containers: dict[str, list[str]] = field(default_factory=dict)
    removed: frozenset[tuple[str, str]] = frozenset()
    whole: frozenset[str] = frozenset()
    deletes_object: bool = False

    def remaining(self, images: Sequence[ManifestImage]) -> list[ManifestImage | None]:
        """Return what each of *images*, those of an object, is after the merge."""
        order = self._order(images)
        return [self._remaining(image, order) for image in images]

    def put(
        self, image: ManifestImage, images: Sequence[ManifestImage]
    ) -> ManifestImage:
        """Return *image* of the patch as it is in the object that has *images*."""
        return _ordered(image, self._order(images))

    def _remaining(
        self, image: ManifestImage, order: dict[str, list[str]]
    ) -> ManifestImage | None:
        place = place_in_list(image.field)
        if self.deletes_object:
            return None
        if place is None:
            fields = {put.field for _, puts in self.puts for put in puts}
            return None if image.field in fields and "[" not in image.field else image
        containers, _ = place
        if containers not in self.containers:
            return image
        is_whole = containers in self.whole or not _is_keyed([image])
        if is_whole or (containers, image.container) in self.removed:
            return None
        if any(
            put.container == image.container and put.field.startswith(f"{containers}[")
            for _, puts in self.puts
            for put in puts
        ):
            return None
        return _ordered(image, order)

    def _order(self, images: Sequence[ManifestImage]) -> dict[str, list[str]]:
        """Return the containers of each list after the merge: first those of the patch."""
        if not _is_keyed(images):
            return {}
        present = sorted(
            (*place, image.container)
            for image in images
            if (place := place_in_list(image.field))
        )
        return {
            containers: names
            + [
                name
                for of_list, _, name in present
                if of_list == containers and name not in names
            ]
            for containers, names in self.containers.items()
        }


def _ordered(image: ManifestImage, order: dict[str, list[str]]) -> ManifestImage:
    """Return *image* with the index of its container in the *order* of its list."""
    containers, _ = place_in_list(image.field) or ("", 0)
    names = order.get(containers, [])
    if image.container not in names:
        return image
    index = names.index(image.container)
    return replace(image, field=field_in_list(containers, index))


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation (RFC 6902) on the field `at`: `add`, `replace` or `remove`."""

    puts: tuple[Put, ...]
    name: str = ""
    at: str = ""

    def remaining(self, images: Sequence[ManifestImage]) -> list[ManifestImage | None]:
        """Return what each of *images*, those of an object, is after the operation."""
        return [self._remaining(image) for image in images]

    def put(
        self, image: ManifestImage, images: Sequence[ManifestImage]
    ) -> ManifestImage:
        """Return *image* of the patch as it is in the object that has *images*."""
        same = (other.container for other in images if other.field == image.field)
        image = replace(image, container=image.container or next(same, ""))
        before = f"{self.at.removesuffix('[-]')}["
        if not self.at.endswith("[-]") or not image.field.startswith(before):
            return image
        count = len({i.field for i in images if i.field.startswith(before)})
        rest = image.field.removeprefix(self.at)
        return replace(image, field=f"{before}{count}]{rest}")

    def _remaining(self, image: ManifestImage) -> ManifestImage | None:
        if self.name not in {"add", "replace", "remove"}:
            return image
        item = _ITEM.fullmatch(self.at)
        if self.name == "add" and item:
            return image if item[2] == _END else _moved(image, item, +1)
        if is_at_or_below(image.field, self.at):
            return None
        is_removed = self.name == "remove" and item and item[2] != _END
        return _moved(image, item, -1) if is_removed and item else image


def _moved(image: ManifestImage, item: re.Match[str], by: int) -> ManifestImage:
    """Return *image*, whose list has another length from the index of *item* on."""
    before = f"{item[1]}["
    index, end, rest = image.field.removeprefix(before).partition("]")
    is_behind = (
        image.field.startswith(before)
        and index.isdecimal()
        and int(index) >= int(item[2])
    )
    if not is_behind:
        return image
    return replace(image, field=f"{before}{int(index) + by}{end}{rest}")


def _is_keyed(images: Sequence[ManifestImage]) -> bool:
    return bool(images) and images[0].kind in _WITH_KEYS


Edit = ObjectMerge | Operation
