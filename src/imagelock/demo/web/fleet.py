"""Containers that pull what they run when they start, and never again."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.demo.shop import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform

    Pull = Callable[[str, Platform], Digest]
    """Returns the digest of the manifest for a platform, of a tag or digest."""


@dataclass(frozen=True, slots=True)
class FleetContainer:
    """A container: its number in the fleet, its machine, and what it runs."""

    number: int
    platform: Platform
    manifest: Digest


class DemoFleet:
    """Containers of an image that is deployed by tag or digest, as Kubernetes runs them.

    They are replaced when what is deployed changes (`target`), not when a tag does.
    """

    def __init__(self, pull: Pull) -> None:
        self.target: str | None = None
        self.containers: list[FleetContainer] = []
        self._pull = pull
        self._numbers = count(1)

    @property
    def is_split(self) -> bool:
        """Whether containers on the same platform run different content."""
        running = {(each.platform, each.manifest) for each in self.containers}
        platforms = Counter(platform for platform, _ in running)
        return any(number > 1 for number in platforms.values())

    def deploy(self, target: str | None, size: int) -> None:
        """Run *size* containers of *target*, or none without a target.

        Raises:
            OSError: *target* could not be pulled; what runs goes on running.
        """
        kept = self.containers[:size] if target == self.target else []
        if target is not None:
            places = range(len(kept), size)
            started = [self._start(target, _platform(place)) for place in places]
            kept = [*kept, *started]
        self.target, self.containers = target, kept

    def replace_oldest(self) -> None:
        """Start a container in place of the oldest, whose machine has failed.

        Raises:
            OSError: Its image could not be pulled.
        """
        if self.target is None:
            return
        oldest = min(self.containers, key=lambda each: each.number)
        place = self.containers.index(oldest)
        self.containers[place] = self._start(self.target, oldest.platform)

    def _start(self, target: str, platform: Platform) -> FleetContainer:
        manifest = self._pull(target, platform)
        return FleetContainer(next(self._numbers), platform, manifest)


def _platform(place: int) -> Platform:
    return PLATFORMS[place % len(PLATFORMS)]
