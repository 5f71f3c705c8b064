"""What a patch does to an object, as far as the images of the object go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.kustomize.fields import (
    field_in_list,
    is_at_or_below,
    place_in_list,
    sets_policy,
    slot_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.fields import Slot
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

_ITEM: Final = re.compile(r"(.*)\[(\d{1,9}|-)\]")
_END: Final = "-"

_Order = dict[tuple[str, str], int]
"""The index of each container in its list."""

Edited = tuple[list["ManifestImage | None"], list[list["ManifestImage"]]]
"""What each image of an object is after an edit, and the new images of each finding."""

Put = tuple["Found", tuple["ManifestImage", ...]]
"""A finding in a patch, and the images that it is in the object."""


@dataclass(frozen=True, slots=True)
class ObjectMerge:
    """An object that is merged with another.

    `puts` are its images. `containers` are the names in each of its lists of
    containers, `removed` those that it deletes, and `whole` the lists that it puts
    in place of others. `policies` are the places for which it says when an image is
    pulled, and whether that is never.
    """

    puts: tuple[Put, ...]
    containers: dict[str, list[str]] = field(default_factory=dict)
    removed: frozenset[tuple[str, str]] = frozenset()
    whole: frozenset[str] = frozenset()
    deletes_object: bool = False
    policies: dict[Slot, bool] = field(default_factory=dict)

    def apply(self, images: Sequence[ManifestImage]) -> Edited:
        """Return what *images*, those of an object, and the new ones are afterwards."""
        order = self._order(images)
        left = [self._remaining(image, order) for image in images]
        never = self._never_pulled(images)
        new = [
            [self._with_policy(_ordered(image, order), never) for image in put]
            for _, put in self.puts
        ]
        return [image and self._with_policy(image, never) for image in left], new

    def _never_pulled(self, images: Sequence[ManifestImage]) -> set[Slot]:
        """Return the places that are merged and were not pulled before, of *images*."""
        slots = (_slot(image) for image in images if image.is_never_pulled)
        is_keyed = _is_keyed(images)
        return {
            slot
            for slot in slots
            if slot[0] not in self.containers
            or (is_keyed and slot[0] not in self.whole)
        }

    def _with_policy(
        self, image: ManifestImage, never: Container[Slot]
    ) -> ManifestImage:
        """Return *image*, pulled as the merge says, else as before: not in *never*."""
        slot = _slot(image)
        is_never = self.policies.get(slot, slot in never)
        return replace(image, is_never_pulled=is_never)

    def _remaining(self, image: ManifestImage, order: _Order) -> ManifestImage | None:
        place = place_in_list(image.field)
        if self.deletes_object:
            return None
        if place is None:
            is_put = "[" not in image.field and image.field in self._put_fields
            return None if is_put else image
        containers, _ = place
        if containers not in self.containers:
            return image
        is_whole = containers in self.whole or not _is_keyed([image])
        slot = containers, image.container
        if is_whole or slot in self.removed or slot in self._put_containers:
            return None
        return _ordered(image, order)

    @property
    def _put_fields(self) -> set[str]:
        return {put.field for _, puts in self.puts for put in puts}

    @property
    def _put_containers(self) -> set[tuple[str, str]]:
        return {
            (place[0], put.container)
            for _, puts in self.puts
            for put in puts
            if (place := place_in_list(put.field))
        }

    def _order(self, images: Sequence[ManifestImage]) -> _Order:
        """Return the index of each container after the merge: first those of the patch."""
        if not _is_keyed(images):
            return {}
        order: _Order = {
            (containers, name): index
            for containers, names in self.containers.items()
            for index, name in enumerate(names)
        }
        lengths = {
            containers: len(names) for containers, names in self.containers.items()
        }
        present = sorted(
            (*place, image.container)
            for image in images
            if (place := place_in_list(image.field)) and place[0] in lengths
        )
        for containers, _, name in present:
            slot = containers, name
            if slot not in order and slot not in self.removed:
                order[slot] = lengths[containers]
                lengths[containers] += 1
        return order


def _slot(image: ManifestImage) -> Slot:
    return slot_of(image.field, image.container)


def _ordered(image: ManifestImage, order: _Order) -> ManifestImage:
    """Return *image* with the index of its container in *order*."""
    place = place_in_list(image.field)
    index = order.get((place[0], image.container)) if place else None
    if place is None or index is None:
        return image
    return replace(image, field=field_in_list(place[0], index))


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation (RFC 6902) on the field `at`: `add`, `replace` or `remove`.

    `is_never` is whether its value is the policy of images that are never pulled.
    """

    puts: tuple[Put, ...]
    name: str = ""
    at: str = ""
    is_never: bool = False

    def apply(self, images: Sequence[ManifestImage]) -> Edited:
        """Return what *images*, those of an object, and the new ones are afterwards."""
        left = [self._remaining(image) for image in images]
        return left, [[self._put(i, images) for i in new] for _, new in self.puts]

    def _put(
        self, image: ManifestImage, images: Sequence[ManifestImage]
    ) -> ManifestImage:
        same = next((other for other in images if other.field == image.field), image)
        image = replace(image, container=image.container or same.container)
        if image.field == self.at:
            image = replace(image, is_never_pulled=same.is_never_pulled)
        before = f"{self.at.removesuffix('[-]')}["
        if not self.at.endswith("[-]") or not image.field.startswith(before):
            return image
        count = len({i.field for i in images if i.field.startswith(before)})
        rest = image.field.removeprefix(self.at)
        return replace(image, field=f"{before}{count}]{rest}")

    def _remaining(self, image: ManifestImage) -> ManifestImage | None:
        if self.name not in {"add", "replace", "remove"}:
            return image
        if sets_policy(self.at, image):
            is_never = self.is_never and self.name != "remove"
            return replace(image, is_never_pulled=is_never)
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
