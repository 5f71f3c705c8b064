"""Scan the manifests of a fleet into its database: with a scanner, or from reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imagelock.commands.project_scanner import project_scanner
from imagelock.commands.scanning.scan_reports import read_reports, report_files
from imagelock.config.duration import duration
from imagelock.dataclass import dataclass, replace
from imagelock.fleet.scans.workers import scan_on_workers
from imagelock.scanning.outcome import ScanResult
from imagelock.scanning.targets import distinct_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.project_scanner import ProjectScanner
    from imagelock.fleet.scans.request import FleetScanRequest
    from imagelock.fleet.scans.scanned_images import FleetPlatform
    from imagelock.fleet.scans.store import ScanStore
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.project.project_settings import ProjectSettings
    from imagelock.scanning.given_reports import ReportOption
    from imagelock.scanning.runner import ScanRun
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import ScanTarget

_BETWEEN_SAVES: Final = 50
"""Manifests. A report in memory takes some 100 kB."""


@dataclass(frozen=True, slots=True)
class ScanOutput:
    """Which scanners' results there are, and what the user is to know.

    `broken` are about reports that could not be used.
    """

    scanners: tuple[str, ...]
    notices: tuple[str, ...] = ()
    broken: Sequence[Finding] = ()


def run_scans(
    store: ScanStore,
    request: FleetScanRequest,
    chosen: Sequence[FleetPlatform],
    project: ProjectSettings,
    console: Console,
) -> ScanOutput:
    """Run a scanner for each distinct manifest of *chosen*, and keep what it found.

    Its database is updated once. What was kept is there if the run is interrupted.

    Raises:
        ScannerMissingError: the scanner is not installed.
        ConfigurationError: there is none of this name, or its settings are unusable.
    """
    scanner = project_scanner(
        project, request.scan.scanner, offline=request.scan.offline
    )
    name = scanner.name
    targets = distinct_targets(each.locked for each in chosen)
    if request.only_new:
        known = store.scanned(name)
        targets = [target for target in targets if str(target.digest) not in known]
    notices: dict[str, None] = {}
    with console.progress(f"scanning with {name}", len(targets)) as advance:
        for run in _runs(scanner, targets, request, advance):
            notices |= dict.fromkeys(run.notices)
            with store.transaction():
                for result in run.results:
                    store.save(result, name)
    if not (request.scan.scanner or project.config.scan.scanner):
        notices = {f"{name} is used: the settings name no scanner": None, **notices}
    return ScanOutput((name,), tuple(notices))


def _runs(
    scanner: ProjectScanner,
    targets: Sequence[ScanTarget],
    request: FleetScanRequest,
    advance: Callable[[], None],
) -> Iterator[ScanRun]:
    """Yield runs of *scanner*, each with a part of *targets*; *advance* for each target."""
    if request.executor is None:
        yield from _runs_here(scanner, targets, advance)
        return
    for run in scan_on_workers(scanner, targets, request.executor, request.jobs):
        yield run
        for _ in run.results:
            advance()


def _runs_here(
    scanner: ProjectScanner, targets: Sequence[ScanTarget], advance: Callable[[], None]
) -> Iterator[ScanRun]:
    for start in range(0, len(targets), _BETWEEN_SAVES):
        run = scanner.run(targets[start : start + _BETWEEN_SAVES], advance)
        yield run
        if run.state is None:
            yield _unusable(run, targets[start + _BETWEEN_SAVES :])
            return
        scanner = replace(scanner, options=replace(scanner.options, updates=False))


def _unusable(run: ScanRun, targets: Sequence[ScanTarget]) -> ScanRun:
    """Return the run for *targets* of a scanner that could not be used at all."""
    first = run.results[0]
    results = (ScanResult(t, problem=first.problem, hint=first.hint) for t in targets)
    return replace(run, results=tuple(results))


def read_scan_reports(
    store: ScanStore,
    options: Sequence[ReportOption],
    chosen: Sequence[FleetPlatform],
    project: ProjectSettings,
    console: Console,
) -> ScanOutput:
    """Read reports that were made elsewhere, and keep what they say of *chosen*."""
    now = datetime.now(UTC)
    limit = duration(project.config.scan.max_database_age)
    targets = {
        each.locked.target.digest: each.locked.target
        for each in chosen
        if each.locked.target
    }
    scanners: dict[str, None] = {}
    notices: list[str] = []
    broken: list[Finding] = []
    files = [file for option in options for file in report_files(option)]
    with console.progress("reading reports", len(files)) as advance:
        for option in files:
            reports, problems = read_reports([option], limit, now)
            broken += problems
            with store.transaction():
                for name, report in reports:
                    scanners[report.tool] = None
                    if not _save(store, report, targets, now):
                        about = f"`{name}` is about {report.digest}"
                        notices.append(f"{about}, which is not among what is scanned")
            advance()
    return ScanOutput(tuple(scanners), tuple(notices), broken)


def _save(
    store: ScanStore,
    report: ScanReport,
    targets: Mapping[Digest, ScanTarget],
    now: datetime,
) -> bool:
    """Keep what *report* says of *targets*; return whether that is anything.

    When it was made is not known: at the earliest, when its database was.
    """
    names = (report.digest, *report.other_digests)
    about = [targets[name] for name in names if name and name in targets]
    for target in about:
        made = replace(report, digest=target.digest)
        store.save(ScanResult(target, made), report.tool, report.built or now)
    return bool(about)
