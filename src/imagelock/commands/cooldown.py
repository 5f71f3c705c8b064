"""Hold back digests that are newer than the `cooldown`."""

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
    """Return the sightings of a tag that resolves to *current* now.

    *before* are the earlier sightings. Those after *current* were withdrawn by the
    publisher, since the tag has *current* again; so none remain if *current* is
    *locked*. What was seen up to *locked* is not needed any more.
    """
    if current == locked:
        return ()
    digests = [sighting.digest for sighting in before]
    start = digests.index(locked) + 1 if locked in digests else 0
    kept: list[DigestSighting] = []
    for sighting in before[start:]:
        kept.append(sighting)
        if sighting.digest == current:
            return tuple(kept)
    return (*kept, DigestSighting(current, now))


def past_cooldown(
    sightings: Sequence[DigestSighting], age: timedelta, now: datetime
) -> Iterator[DigestSighting]:
    """Yield the sightings that are at least *age* old, the newest first."""
    return (sighting for sighting in reversed(sightings) if now - sighting.since >= age)


class CooldownRegistry:
    """A registry in which a tag keeps its locked digest until a new one is old enough.

    It asks *registry*. An image that is not locked yet gets its digest at once: there
    is no older one. Safe to share between threads that ask about different keys.
    Afterwards, `sightings` has what the next run needs, and `waiting` the newest
    digest of each image that was held back.
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
        """Return the digest to lock for *reference*.

        That is the newest digest that is old enough and still served, even if the tag
        has moved on, or else the locked one.

        Raises:
            RegistryError: the registry cannot be asked.
        """
        current = self._registry.digest(reference)
        image = self._images.get(reference)
        if image is None:
            return current
        seen = self.sightings.pop(reference, ())
        seen = record_sighting(seen, image.digest, current, self._now)
        adopted = self._adopted(reference, seen)
        if adopted is not None:
            # It stays among them: the new lockfile may still be a proposal, and the
            # next run begin with the old one.
            seen = seen[seen.index(adopted) :]
        if seen:
            self.sightings[reference] = seen
            if seen[-1] != adopted:
                self.waiting[reference] = seen[-1]
        return adopted.digest if adopted else image.digest

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image at *digest*, or the current one of an image without entry."""
        return self._registry.image(reference, digest, platforms)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether the repository still serves the content at *digest*."""
        return self._registry.serves(reference, digest)

    def _adopted(
        self, reference: Reference, seen: Sequence[DigestSighting]
    ) -> DigestSighting | None:
        candidates = past_cooldown(seen, self.age, self._now)
        served = (
            sighting
            for sighting in candidates
            if self._registry.serves(reference, sighting.digest)
        )
        return next(served, None)
