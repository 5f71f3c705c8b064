"""The results for the locked platforms: from reports, or from a scanner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.project_scanner import run_project_scanner
from imagelock.commands.scanning.scan_reports import read_reports
from imagelock.config.duration import duration
from imagelock.dataclass import dataclass
from imagelock.scanning.given_reports import match_reports, unused_reports
from imagelock.scanning.targets import (
    LockedPlatform,
    distinct_targets,
    locked_platforms,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.scanning.scan_request import ScanRequest
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.project.project_files import ProjectFiles
    from imagelock.scanning.outcome import ScanResult
    from imagelock.scanning.scanner import ScanTarget


@dataclass(frozen=True, slots=True)
class ScanResults:
    """The results by digest, and what else came of it."""

    results: Mapping[Digest, Sequence[ScanResult]]
    scanners: tuple[str, ...] = ()
    findings: Sequence[Finding] = ()
    notices: tuple[str, ...] = ()

    def results_for(self, entry: LockedPlatform) -> Sequence[ScanResult | None]:
        """Return the results for *entry*: several if several tools reported on it."""
        return self.results[entry.target.digest] if entry.target else [None]


def scan_platforms(
    project: ProjectFiles,
    request: ScanRequest,
    platforms: Sequence[LockedPlatform],
    lockfile: Lockfile,
    console: Console,
) -> ScanResults:
    """Return the results for *platforms*, from reports or from a scanner."""
    targets = distinct_targets(platforms)
    if not request.reports:
        return _run(project, request, targets, console)
    limit = duration(project.config.scan.max_database_age)
    reports, broken = read_reports(request.reports, limit, datetime.now(UTC))
    digests = manifest_digests(lockfile.images.values())
    return ScanResults(
        _by_digest(match_reports(targets, reports)),
        tuple(sorted({report.tool for _, report in reports})),
        broken,
        tuple(
            f"`{name}` is about {report.digest}, which is not locked"
            + _index_hint(lockfile, report.digest)
            for name, report in unused_reports(digests, reports)
        ),
    )


def _index_hint(lockfile: Lockfile, digest: Digest | None) -> str:
    """Return what to add if *digest* is an index, of which a platform was scanned."""
    for image in lockfile.images.values():
        if image.digest == digest:
            return f": it is the index of `{image.reference.familiar}`, not a platform"
    return ""


def _run(
    project: ProjectFiles,
    request: ScanRequest,
    targets: Sequence[ScanTarget],
    console: Console,
) -> ScanResults:
    """Run the scanner that is asked for, or that of the settings, or one that is there."""
    if not targets:
        return ScanResults({})
    run = run_project_scanner(
        project,
        targets,
        console,
        scanner=request.scanner,
        offline=request.offline,
        updated=request.updated,
    )
    notices = run.notices
    if not (request.scanner or project.config.scan.scanner):
        notices = (f"{run.scanner} is used: the settings name no scanner", *notices)
    return ScanResults(_by_digest(run.results), (run.scanner,), notices=notices)


def _by_digest(results: Iterable[ScanResult]) -> dict[Digest, list[ScanResult]]:
    by_digest: dict[Digest, list[ScanResult]] = {}
    for result in results:
        by_digest.setdefault(result.target.digest, []).append(result)
    return by_digest


def manifest_digests(images: Iterable[Image]) -> frozenset[Digest]:
    """Return the digests of the platform manifests of *images*."""
    return frozenset(
        entry.target.digest
        for image in images
        for entry in locked_platforms(image)
        if entry.target
    )
