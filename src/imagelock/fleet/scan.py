"""Look for vulnerabilities in what a fleet locks: `fleet scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.scanning.scan import ScanVerdict
from imagelock.dataclass import dataclass
from imagelock.errors import UsageError
from imagelock.fleet.database.connection import count_unreadable, open_for_writing
from imagelock.fleet.image_filter import references_filter
from imagelock.fleet.scans.run import read_scan_reports, run_scans
from imagelock.fleet.scans.scanned_images import fleet_platforms
from imagelock.fleet.scans.store import ScanStore
from imagelock.fleet.scans.stored_scans import ScannedPlatform, assessed
from imagelock.model.platform import Platform
from imagelock.scanning.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    from imagelock.commands.console import Console
    from imagelock.fleet.scans.request import FleetScanRequest
    from imagelock.fleet.scans.scanned_images import FleetPlatform
    from imagelock.model.finding import Finding
    from imagelock.project.project_settings import ProjectSettings
    from imagelock.scanning.vulnerability import VulnerabilitySeverity


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetScan:
    """What is known of the images that were to be scanned, sorted by reference.

    `threshold` is the severity from which on a vulnerability is to make the run fail.
    `broken_reports` are about reports that could not be used. `unreadable` is the number
    of repositories and lockfiles that could not be read.
    """

    platforms: tuple[ScannedPlatform, ...]
    scanners: tuple[str, ...]
    threshold: VulnerabilitySeverity
    broken_reports: Sequence[Finding] = ()
    notices: tuple[str, ...] = ()
    unreadable: int = 0

    @property
    def verdict(self) -> ScanVerdict:
        """The assessments, for what is written about those of a project."""
        assessments = [each.assessment for each in self.platforms]
        return ScanVerdict(assessments=assessments, findings=(), scanners=self.scanners)

    @property
    def is_vulnerable(self) -> bool:
        """Whether a vulnerability is as severe as the threshold."""
        return any(
            found.severity >= self.threshold
            for each in self.platforms
            for found in each.assessment.vulnerabilities
        )

    @property
    def is_complete(self) -> bool:
        """Whether everything could be scanned."""
        outcomes = {each.assessment.outcome for each in self.platforms}
        return not self.broken_reports and Outcome.COULD_NOT_SCAN not in outcomes


def scan_fleet(
    database: Path,
    request: FleetScanRequest,
    project: ProjectSettings,
    console: Console,
) -> FleetScan:
    """Scan each distinct manifest that *database* has, once, and keep what was found.

    Scanners are run, and registries reached, as the settings of *project* say, and its
    acceptances count.

    Raises:
        UsageError: the database cannot be used, or has no such image.
        ImagelockError: the settings or options cannot be used, or there is no scanner.
    """
    scan = request.scan
    if request.executor and (scan.reports or scan.offline):
        raise UsageError("workers are for running a scanner, and none is run here")
    settings = project.config.scan
    which, threshold = scan.which(settings), scan.threshold(settings)
    with open_for_writing(database, must_exist=True) as connection:
        chosen = _chosen(connection, request)
        store = ScanStore(connection)
        output = (
            read_scan_reports(store, scan.reports, chosen, project, console)
            if scan.reports
            else run_scans(store, request, chosen, project, console)
        )
        platforms = assessed(connection, chosen, output.scanners, which, settings)
        return FleetScan(
            platforms=tuple(platforms),
            scanners=output.scanners,
            threshold=threshold,
            broken_reports=output.broken,
            notices=output.notices,
            unreadable=count_unreadable(connection),
        )


def _chosen(connection: Connection, request: FleetScanRequest) -> list[FleetPlatform]:
    """Return the platforms that *request* names.

    Raises:
        UsageError: there is none.
        InvalidPlatformError: one of the platforms is not valid.
    """
    wanted = [Platform.parse(text) for text in request.platforms]
    matches = references_filter(request.scan.images)
    chosen = [
        each
        for each in fleet_platforms(connection, matches)
        if _is_wanted(each.locked.platform, wanted)
    ]
    if not chosen:
        asked = bool(request.scan.images or wanted)
        raise UsageError(
            "no repository locks such an image"
            if asked
            else "the repositories lock no image",
            hint="`imagelock fleet stats` shows what is locked",
        )
    shard = request.shard
    return [each for each in chosen if shard is None or shard.has(str(each.manifest))]


def _is_wanted(platform: Platform | None, wanted: Collection[Platform]) -> bool:
    """Return whether *platform* is one of *wanted*; an unknown one may be."""
    return (
        platform is None or not wanted or any(each.covers(platform) for each in wanted)
    )
