"""Merge two lockfiles that come from the same one, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.writer import entry, head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from imagelock.lockfile.model import Pin
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

_Part = TypeVar("_Part", "Pin", "Platform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What two sides of a merge give together.

    `lockfile` has the entries on which they do not contradict each other, and
    `conflicts` are the keys of the others, sorted. `unknown` are the platforms that
    a side declares and that not every entry was asked about.
    """

    lockfile: Lockfile
    ours: Lockfile
    theirs: Lockfile
    conflicts: tuple[Reference, ...]
    unknown: tuple[Platform, ...]

    def text(self) -> str:
        """Return the text of a lockfile, with git's markers around each conflict.

        `heal` reads it: only what is between markers is resolved again.
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
    """Return what *ours* and *theirs* made of *base*, together.

    An entry that one side alone changed, added or removed is as that side has it.
    So are the declared platforms and the places of pins, each for itself. Entries
    know the platforms that their side declared: where the sides differ in that, the
    result claims no more than what every entry of it knows.
    """
    declared = _together(base.platforms, ours.platforms, theirs.platforms)
    known = declared & {*ours.platforms} & {*theirs.platforms}
    compared = known & {*base.platforms} if base.images else known
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
        known = _known_to_a_side(images, declared, (ours, theirs)) or known
    return Merge(
        lockfile=Lockfile(
            platforms=tuple(sorted(known)),
            images={key: image.narrowed(known) for key, image in images.items()},
            pins=dict(_pins(images, base, ours, theirs)),
        ),
        ours=_restricted(ours, known),
        theirs=_restricted(theirs, known),
        conflicts=tuple(conflicts),
        unknown=tuple(sorted(declared - known)),
    )


def _together(
    base: Iterable[_Part], ours: Iterable[_Part], theirs: Iterable[_Part]
) -> set[_Part]:
    """Return *base* with what either side added and without what either removed."""
    old, mine, other = set(base), set(ours), set(theirs)
    return (mine & other) | (mine - old) | (other - old)


def _narrowed(image: Image | None, platforms: Collection[Platform]) -> Image | None:
    return image and image.narrowed(platforms)


def _known_to_a_side(
    images: dict[Reference, Image],
    declared: set[Platform],
    sides: Iterable[Lockfile],
) -> set[Platform] | None:
    """Return *declared* if one side alone knows it for every one of *images*."""
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
    """Yield the places of pins; where both sides wrote one place, it is as in *ours*."""
    for key in keys:
        sides = (
            base.pins.get(key, ()),
            ours.pins.get(key, ()),
            theirs.pins.get(key, ()),
        )
        pins = _together(*sides)
        places = {
            (pin.path, pin.use, pin.number): pin
            for pin in sorted(pins, key=lambda pin: pin in sides[1])
        }
        if places:
            yield key, tuple(sorted(places.values()))
