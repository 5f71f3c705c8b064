"""Adopt a new digest only once it has been known for some time: `cooldown`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.lockfile.sightings import DigestSighting, Sightings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from imagelock.commands.resolve import Registry
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference


def record_sighting(
    before: Sequence[DigestSighting], locked: Digest, current: Digest, now: datetime
) -> tuple[DigestSighting, ...]:
    """Return what is known of a tag once it was seen to stand for *current*.

    *before* is what was known. What was seen after *current* was taken back by
    the publisher, as the tag stands for *current* again; so nothing is left when
    that is what is *locked*.
    """
    if current == locked:
        return ()
    kept: list[DigestSighting] = []
    for one in before:
        kept.append(one)
        if one.digest == current:
            return tuple(kept)
    return (*kept, DigestSighting(current, now))


def past_cooldown(
    sightings: Sequence[DigestSighting], age: timedelta, now: datetime
) -> Iterator[DigestSighting]:
    """Yield those that have been known for *age* at least, the newest first."""
    return (one for one in reversed(sightings) if now - one.since >= age)


class CooldownRegistry:
    """Registries whose tags stand for what is locked until something new is ripe.

    It asks *registry*. What is not locked yet is adopted at once: there is nothing
    to stay with. Safe to share between threads that ask about different keys.
    Afterwards, `sightings` is what is to be kept for the next run, and `waiting`
    has the newest digest of each image that was not adopted.
    """

    def __init__(
        self,
        registry: Registry,
        images: Mapping[Reference, Image],
        known: Sightings,
        *,
        age: timedelta,
        now: datetime,
    ) -> None:
        self._registry = registry
        self._images = images
        self.age = age
        self._now = now
        self.sightings: Sightings = {k: v for k, v in known.items() if k in images}
        self.waiting: dict[Reference, DigestSighting] = {}

    def digest(self, reference: Reference) -> Digest:
        """Return what *reference* is to be locked to.

        That is the newest digest that is ripe and still served, even if the tag
        has moved on, or else what is locked. Raises what the registry raises.
        """
        current = self._registry.digest(reference)
        image = self._images.get(reference)
        if image is None:
            return current
        known = self.sightings.pop(reference, ())
        known = record_sighting(known, image.digest, current, self._now)
        adopted = self._adopted(reference, known)
        if adopted is not None:
            known = known[known.index(adopted) + 1 :]
        if known:
            self.sightings[reference] = known
            self.waiting[reference] = known[-1]
        return adopted.digest if adopted else image.digest

    def image(
        self, reference: Reference, digest: Digest, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image at *digest*."""
        return self._registry.image(reference, digest, platforms)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Tell whether the repository still has the content at *digest*."""
        return self._registry.serves(reference, digest)

    def _adopted(
        self, reference: Reference, known: Sequence[DigestSighting]
    ) -> DigestSighting | None:
        candidates = past_cooldown(known, self.age, self._now)
        served = (
            one for one in candidates if self._registry.serves(reference, one.digest)
        )
        return next(served, None)
