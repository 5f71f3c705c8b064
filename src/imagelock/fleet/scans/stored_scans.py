"""What is known of the manifests of a fleet, as the settings count it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.fleet.scans.scanned_images import places_by_image
from imagelock.fleet.scans.store import ScanStore
from imagelock.scanning.assessment import Acceptances, assess
from imagelock.scanning.outcome import ScanResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from sqlite3 import Connection

    from imagelock.config.scan import ScanSettings
    from imagelock.fleet.scans.scanned_images import FleetPlatform, Place
    from imagelock.scanning.assessment import Assessment, VulnerabilityFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPlatform:
    """A platform of a locked image, what a scanner found in it, and who locks it.

    `digest` is that of the locked image.
    """

    digest: str
    assessment: Assessment
    places: tuple[Place, ...]

    @property
    def reference(self) -> str:
        """The reference in normal form."""
        return str(self.assessment.reference)

    @property
    def repositories(self) -> list[str]:
        """The names of the repositories, sorted."""
        return list(dict.fromkeys(repository for repository, _ in self.places))


def assessed(
    connection: Connection,
    chosen: Sequence[FleetPlatform],
    scanners: Collection[str] | None,
    which: VulnerabilityFilter,
    settings: ScanSettings,
) -> Iterator[ScannedPlatform]:
    """Yield *chosen* with what *scanners*, or all that there are, found the last time."""
    store = ScanStore(connection)
    acceptances = Acceptances(settings.accepted, datetime.now(UTC).date())
    places = places_by_image(connection, {each.key for each in chosen})
    for each in chosen:
        for result in _results(store, each, scanners):
            yield ScannedPlatform(
                digest=str(each.digest),
                assessment=assess(each.locked, result, which, acceptances),
                places=places.get(each.key, ()),
            )


def _results(
    store: ScanStore, each: FleetPlatform, scanners: Collection[str] | None
) -> list[ScanResult | None]:
    target = each.locked.target
    if target is None:
        return [None]
    missing = ScanResult(target, problem="it has not been scanned")
    return [
        result
        for scanner, result in store.results(target)
        if scanners is None or scanner in scanners
    ] or [missing]
