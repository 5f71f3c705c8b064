"""Three-way merge of lockfiles, entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from imagelock.dataclass import dataclass
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.writer import entry, head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from imagelock.lockfile.model import Pin
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

_Item = TypeVar("_Item", "Pin", "Platform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The result of a merge.

    `lockfile` has the entries without a conflict, and `conflicts` are the keys of
    the others, sorted. `unknown` are the platforms that a side declares but that
    were not resolved for every entry.
    """

    lockfile: Lockfile
    ours: Lockfile
    theirs: Lockfile
    conflicts: tuple[Reference, ...]
    unknown: tuple[Platform, ...]

    def text(self) -> str:
        """Return the text of the lockfile, with git's markers around each conflict.

        `heal` reads it, so that only the entries between markers are resolved again.
        """
        keys = sorted({*self.lockfile.images, *self.conflicts}, key=str)
        return "\n".join([head(self.lockfile), *map(self._block, keys)])

    def _block(self, key: Reference) -> str:
        if key not in self.conflicts:
            return entry(self.lockfile, self.lockfile.images[key])
        ours, theirs = (
            entry(side, side.images[key]) if key in side.images else ""
            for side in (self.ours, self.theirs)
        )
        return f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n"


def merge(base: Lockfile, ours: Lockfile, theirs: Lockfile) -> Merge:
    """Return the changes from *base* to *ours* and to *theirs*, combined.

    An entry that only one side changed, added or removed is as that side has it.
    The same holds for each declared platform and each place of a pin. The entries
    of a side have the platforms that it declared; where the sides declare different
    ones, the result declares only those that every entry in it was resolved for.
    """
    declared = _combine(base.platforms, ours.platforms, theirs.platforms)
    resolved = declared & {*ours.platforms} & {*theirs.platforms}
    compared = resolved & {*base.platforms} if base.images else resolved
    images: dict[Reference, Image] = {}
    conflicts = []
    for key in sorted({*ours.images, *theirs.images}, key=str):
        sides = (base.images.get(key), ours.images.get(key), theirs.images.get(key))
        old, mine, other = (_narrowed(image, compared) for image in sides)
        if mine not in (old, other) and other != old:
            conflicts.append(key)
        elif (image := sides[1] if other in (old, mine) else sides[2]) is not None:
            images[key] = image
    if not conflicts:
        resolved = (
            _resolved_by_either_side(images, declared, (ours, theirs)) or resolved
        )
    return Merge(
        lockfile=Lockfile(
            platforms=tuple(sorted(resolved)),
            images={key: image.narrowed(resolved) for key, image in images.items()},
            pins=dict(_pins(images, base, ours, theirs)),
        ),
        ours=_restricted(ours, resolved),
        theirs=_restricted(theirs, resolved),
        conflicts=tuple(conflicts),
        unknown=tuple(sorted(declared - resolved)),
    )


def _combine(
    base: Iterable[_Item], ours: Iterable[_Item], theirs: Iterable[_Item]
) -> set[_Item]:
    """Return *base* with the additions and without the removals of both sides."""
    old, mine, other = set(base), set(ours), set(theirs)
    return (mine & other) | (mine - old) | (other - old)


def _narrowed(image: Image | None, platforms: Collection[Platform]) -> Image | None:
    return image and image.narrowed(platforms)


def _resolved_by_either_side(
    images: dict[Reference, Image],
    declared: set[Platform],
    sides: Iterable[Lockfile],
) -> set[Platform] | None:
    """Return *declared* if all *images* come from one side that declares it."""
    for side in sides:
        if declared <= {*side.platforms} and all(
            side.images.get(key) == image for key, image in images.items()
        ):
            return declared
    return None


def _restricted(side: Lockfile, platforms: Collection[Platform]) -> Lockfile:
    images = {key: image.narrowed(platforms) for key, image in side.images.items()}
    return Lockfile(images=images, pins=side.pins)


def _pins(
    keys: Iterable[Reference], base: Lockfile, ours: Lockfile, theirs: Lockfile
) -> Iterator[tuple[Reference, tuple[Pin, ...]]]:
    """Yield the pins of each key; a place that both sides wrote is as in *ours*."""
    for key in keys:
        sides = (
            base.pins.get(key, ()),
            ours.pins.get(key, ()),
            theirs.pins.get(key, ()),
        )
        pins = _combine(*sides)
        places = {
            (pin.path, pin.use, pin.number): pin
            for pin in sorted(pins, key=lambda pin: pin in sides[1])
        }
        if places:
            yield key, tuple(sorted(places.values()))
