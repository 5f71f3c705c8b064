"""The objects of a build of Kustomize, as far as their images go."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.kustomize.selector import Selected
from imagelock.sources.shared.kustomize_names import plain_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.sources.kustomize.selector import Selector
    from imagelock.sources.relations import ManifestImage, Pairs

_NOT_PREFIXED: Final = frozenset(
    {"APIService", "CustomResourceDefinition", "Namespace"}
)
"""Kinds that keep their names (`prefixtransformer`, `skip`)."""


class BuiltObject(NamedTuple):
    """An object, with the names that it has had: the first one is its own.

    Bases that are built in two ways are two objects, which only a name tells apart.
    """

    kind: str
    names: tuple[str, ...]
    namespace: str


class BuiltPlace(NamedTuple):
    """An image in an object of a build.

    `maker` is the number of the step that put it there; `source` is what it was when
    it came, where it came with a resource.
    """

    image: ManifestImage
    maker: int | None
    source: ManifestImage | None
    names: tuple[str, ...]

    @classmethod
    def of(cls, image: ManifestImage, maker: int | None = None) -> BuiltPlace:
        """Return the place of *image*, in an object that has its own name."""
        return cls(image, maker, None if maker is not None else image, (image.name,))

    @property
    def owner(self) -> BuiltObject:
        """The object that the image is in."""
        return BuiltObject(self.image.kind, self.names, self.image.namespace)


@dataclass(slots=True)
class BuiltObjects:
    """The images of a build by number, `None` where they are gone."""

    places: list[BuiltPlace | None] = field(default_factory=list)
    _named: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _owned: dict[BuiltObject, list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def __iter__(self) -> Iterator[BuiltPlace]:
        """Yield the images that are left."""
        return (place for place in self.places if place is not None)

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self._owned)

    def append(self, place: BuiltPlace) -> None:
        """Add an image."""
        self._owned[place.owner].append(len(self.places))
        self.places.append(place)
        self._index(len(self.places) - 1, place)

    def set(self, number: int, place: BuiltPlace) -> None:
        """Put an image in the place of another."""
        self.places[number] = place
        self._index(number, place)

    def named(self, name: str) -> Sequence[int]:
        """Return the numbers of images that have, or had, the plain *name*."""
        return self._named.get(name, ())

    def selected(self, selector: Selector) -> list[list[int]]:
        """Return the images of each object that *selector* selects for certain."""
        return [
            numbers
            for owner, numbers in self._owned.items()
            if (
                place := next(filter(None, map(self.places.__getitem__, numbers)), None)
            )
            and _is_selected(owner, place.image, selector)
        ]

    def rename(self, prefix: str, suffix: str) -> None:
        """Give each object another name, around the last one that it had."""
        if not prefix and not suffix:
            return
        self._owned.clear()
        for number, place in enumerate(self.places):
            if place is not None:
                self.places[number] = named = _named(place, prefix, suffix)
                self._owned[named.owner].append(number)

    def label(self, labels: Pairs, annotations: Pairs) -> None:
        """Give each object more labels and annotations."""
        if not labels and not annotations:
            return
        for number, place in enumerate(self.places):
            if place is not None:
                image = replace(
                    place.image,
                    labels=(*place.image.labels, *labels),
                    annotations=(*place.image.annotations, *annotations),
                )
                self.places[number] = place._replace(image=image)

    def _index(self, number: int, place: BuiltPlace) -> None:
        for name in plain_names(place.image.value):
            self._named[name].append(number)


def _named(place: BuiltPlace, prefix: str, suffix: str) -> BuiltPlace:
    last = place.names[-1]
    if not last or place.image.kind in _NOT_PREFIXED:
        return place
    return place._replace(names=(*place.names, f"{prefix}{last}{suffix}"))


def _is_selected(owner: BuiltObject, image: ManifestImage, selector: Selector) -> bool:
    """Return whether *selector* selects *owner*, with *image*, by one of its names.

    An object that is merged is looked for by all of them, a `target` by the first and
    the last (`GetById` and `Select` in Kustomize's `reswrangler.go`).
    """
    names = owner.names
    if selector.is_target:
        names = (names[0], names[-1])
    objects = (replace(image, name=name) for name in names)
    return any(selector.selects(each) is Selected.YES for each in objects)
