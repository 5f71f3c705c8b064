"""Fields of objects that Kustomize knows: containers, and where it looks for names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.shared.classify import PULL_POLICIES
from imagelock.syntax.yaml_json.paths import scalar_at, text_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.sources.relations import ManifestImage
    from imagelock.syntax.yaml_json.paths import NodeRef

    Slot = tuple[str, str]
    """A list of containers and a name, or a path and an empty text."""

_INDEX: Final = r"(?:\[[^\]]+\])?"
_MOST_SPECS: Final = 200
_IN_CONTAINERS: Final = re.compile(
    r"(?:.*\.)?(?:containers|initContainers)\[[^\]]+\]\.image"
)
"""Wherever they are (`LegacyFilter` in kustomize's `api/filters/imagetag`)."""
_IN_LIST: Final = re.compile(
    r"((?:.*\.)?(?:containers|initContainers|ephemeralContainers))\[(\d{1,9})\]\.image"
)


@dataclass(frozen=True, slots=True)
class NameFields:
    """Fields in which Kustomize looks for the names of `images`, besides containers.

    Each is a kind, empty for any, and the path in the object.
    """

    specs: tuple[tuple[str, re.Pattern[str]], ...] = ()

    @classmethod
    def of(cls, specs: Iterable[NodeRef]) -> NameFields:
        """Return the fields of *specs*, each a mapping with a `path`."""
        found: list[tuple[str, re.Pattern[str]]] = []
        for spec in specs:
            path = scalar_at(spec.node, "path")
            if path and len(found) < _MOST_SPECS:
                found.append((text_at(spec.node, "kind"), _pattern(path.value)))
        return cls(tuple(found))

    def __or__(self, other: NameFields) -> NameFields:
        return NameFields(tuple(dict.fromkeys((*self.specs, *other.specs))))

    def have(self, image: ManifestImage) -> bool:
        """Return whether Kustomize looks for the name of *image*, by its field.

        An image without a field is in any such field.
        """
        if not image.field or _IN_CONTAINERS.fullmatch(image.field):
            return True
        return any(
            kind in {"", image.kind} and pattern.fullmatch(image.field)
            for kind, pattern in self.specs
        )


def _pattern(path: str) -> re.Pattern[str]:
    steps = (re.escape(step.removesuffix("[]")) for step in path.strip("/").split("/"))
    return re.compile(r"\.".join(f"{step}{_INDEX}" for step in steps))


IMAGE_VOLUMES: Final = NameFields(
    (
        ("", _pattern("spec/volumes/image/reference")),
        ("", _pattern("spec/template/spec/volumes/image/reference")),
    )
)
"""The fields in which `images` of a kustomization looks by default."""


def place_in_list(field: str) -> tuple[str, int] | None:
    """Return the list of containers that *field* is in, and the index there."""
    match = _IN_LIST.fullmatch(field)
    return (match[1], int(match[2])) if match else None


def slot_of(field: str, container: str) -> Slot:
    """Return what a merge takes for one place: a container, or what has the *field*.

    A container is known by its list and its name.
    """
    place = place_in_list(field)
    return (place[0], container) if place else (field.rpartition(".")[0], "")


def field_in_list(containers: str, index: int) -> str:
    """Return the field of the image of a container in the list *containers*."""
    return f"{containers}[{index}].image"


def sets_policy(field: str, image: ManifestImage) -> bool:
    """Return whether *field* says when *image* is pulled."""
    above, _, key = field.rpartition(".")
    return key in PULL_POLICIES and above == image.field.rpartition(".")[0]


def is_at_or_below(field: str, above: str) -> bool:
    """Return whether the field *above* is *field*, or has it inside."""
    return field == above or field.startswith((f"{above}.", f"{above}["))
