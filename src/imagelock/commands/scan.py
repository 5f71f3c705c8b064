"""Look for vulnerabilities in the locked images: `scan`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.nothing_found import is_whole, nothing_found, rules_off
from imagelock.commands.scan_findings import ScanFindings
from imagelock.commands.scan_reports import read_reports
from imagelock.commands.selection import places_by_key, select, unlocked_as_written
from imagelock.commands.verify import Verdict, apply_rule_settings
from imagelock.config.duration import duration
from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import UsageError
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.model.finding import Rule, Severity
from imagelock.project import git
from imagelock.scanning.assessment import Acceptances, VulnerabilityFilter, assess
from imagelock.scanning.given_reports import match_reports, unused_reports
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.targets import (
    LockedPlatform,
    distinct_targets,
    locked_platforms,
)
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from imagelock.config.scan import ScanSettings
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles
    from imagelock.scanning.assessment import Assessment
    from imagelock.scanning.given_reports import ReportOption
    from imagelock.scanning.outcome import ScanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What to scan, and which vulnerabilities count.

    `images` are names or patterns; without any, all locked images are scanned. With
    `changed_since`, a revision of git, only content that was not locked then. With
    `reports`, no scanner is run. Where an option is not given, the settings decide.
    """

    images: Sequence[str] = ()
    reports: Sequence[ReportOption] = ()
    changed_since: str | None = None
    severity: str | None = None
    fail_on: str | None = None
    ignore_unfixed: bool = False
    only_exploited: bool = False
    offline: bool = False

    def which(self, settings: ScanSettings) -> VulnerabilityFilter:
        """Return which vulnerabilities are reported."""
        return VulnerabilityFilter(
            severity=VulnerabilitySeverity.of(self.severity or settings.severity),
            ignore_unfixed=self.ignore_unfixed or settings.ignore_unfixed,
            only_exploited=self.only_exploited,
        )

    def threshold(self, settings: ScanSettings) -> VulnerabilitySeverity:
        """Return the severity from which on a vulnerability makes the scan fail."""
        return VulnerabilitySeverity.of(self.fail_on or settings.fail_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanVerdict:
    """What `scan` found.

    `assessments` has each locked platform that was to be scanned, by reference.
    `hidden_names` are what stands for the names of images that must not be shown.
    `unchanged` is the number of images that were locked at the revision, too.
    """

    assessments: Sequence[Assessment]
    findings: Sequence[Finding]
    scanners: tuple[str, ...] = ()
    hidden_names: Mapping[Reference, str] = field(default_factory=dict)
    changed_since: str | None = None
    unchanged: int = 0
    broken_reports: int = 0
    rules_off: frozenset[Rule] = frozenset()
    notices: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The findings as those of `verify`, for formats that have no form of their own."""
        failed = [a for a in self.assessments if a.outcome is Outcome.COULD_NOT_SCAN]
        return Verdict(
            findings=self.findings,
            checked=len(self.assessments) - len(failed),
            could_not_check=len(failed) + self.broken_reports,
            online=False,
            rules_off=self.rules_off,
        )

    @property
    def exit_code(self) -> int:
        """1 for a finding that is an error, 3 if something could not be scanned, or 0."""
        return self.verdict.exit_code(Severity.ERROR)


def scan(project: ProjectFiles, request: ScanRequest) -> ScanVerdict:
    """Scan the locked images of *project*, each distinct manifest once.

    A manifest that cannot be scanned is among the assessments, and so is an image that
    is not locked.

    Raises:
        ImagelockError: the settings, the lockfile or the options cannot be used.
    """
    settings = project.config.scan
    which, fail_on = request.which(settings), request.threshold(settings)
    found = project.read().found
    on_disk = project.lockfile()
    lockfile = on_disk or Lockfile()
    platforms = _platforms(found, lockfile, request)
    earlier = _earlier_digests(project, request.changed_since)
    changed = [entry for entry in platforms if _is_changed(entry, earlier)]
    scanned = _scan(project, request, changed, lockfile)
    acceptances = Acceptances(settings.accepted, datetime.now(UTC).date())
    assessments = [
        assess(entry, result, which, acceptances)
        for entry in changed
        for result in scanned.results_for(entry)
    ]
    collected = ScanFindings(project, found, lockfile, fail_on)
    findings = [
        *scanned.findings,
        *collected.about(assessments),
        *_about_nothing(project, found, on_disk),
    ]
    if not request.images and earlier is None and _is_complete(assessments):
        findings += collected.stale(acceptances)
    failing = collected.failing(assessments)
    return ScanVerdict(
        assessments=assessments,
        findings=[
            _softened(finding, failing)
            for finding in apply_rule_settings(project, findings, found)
        ],
        scanners=scanned.scanners,
        hidden_names=unlocked_as_written(found, lockfile.images),
        changed_since=request.changed_since,
        unchanged=len(
            {p.reference for p in platforms} - {p.reference for p in changed}
        ),
        broken_reports=len(scanned.findings),
        rules_off=rules_off(project),
        notices=scanned.notices,
    )


@dataclass(frozen=True, slots=True)
class _Scanned:
    """The results by digest, and what else came of it."""

    results: Mapping[Digest, Sequence[ScanResult]]
    scanners: tuple[str, ...] = ()
    findings: Sequence[Finding] = ()
    notices: tuple[str, ...] = ()

    def results_for(self, entry: LockedPlatform) -> Sequence[ScanResult | None]:
        """Return the results for *entry*: several if several tools reported on it."""
        return self.results[entry.target.digest] if entry.target else [None]


def _platforms(
    found: Sequence[Found], lockfile: Lockfile, request: ScanRequest
) -> list[LockedPlatform]:
    """Return the platforms of the images that *request* names, also those not locked."""
    keys = dict.fromkeys((*places_by_key(found), *lockfile.images))
    chosen = select(request.images, keys)
    platforms: list[LockedPlatform] = []
    for key in sorted(chosen, key=str):
        if image := lockfile.images.get(key):
            platforms += locked_platforms(image)
        elif lockfile.images:
            problem, hint = "it is not locked", "run `imagelock lock`"
            platforms.append(LockedPlatform(reference=key, problem=problem, hint=hint))
    return platforms


def _earlier_digests(
    project: ProjectFiles, revision: str | None
) -> frozenset[Digest] | None:
    """Return what was locked at *revision*; `None` if there is no revision.

    Raises:
        ImagelockError: git does not know it, or its lockfile cannot be read.
    """
    if revision is None:
        return None
    if not git.is_revision(project.root, revision):
        raise UsageError(f"git does not know the revision `{revision}`")
    if not git.has_file(project.root, revision, str(LOCKFILE)):
        return frozenset()
    images = project.lockfile_at(revision).images.values()
    return frozenset(
        entry.target.digest
        for image in images
        for entry in locked_platforms(image)
        if entry.target
    )


def _is_changed(entry: LockedPlatform, earlier: Collection[Digest] | None) -> bool:
    return earlier is None or entry.target is None or entry.target.digest not in earlier


def _scan(
    project: ProjectFiles,
    request: ScanRequest,
    platforms: Sequence[LockedPlatform],
    lockfile: Lockfile,
) -> _Scanned:
    """Return the results for *platforms*, from reports or from a scanner."""
    targets = distinct_targets(platforms)
    if not request.reports:
        return _run()
    limit = duration(project.config.scan.max_database_age)
    reports, broken = read_reports(request.reports, limit, datetime.now(UTC))
    digests = frozenset(
        entry.target.digest
        for image in lockfile.images.values()
        for entry in locked_platforms(image)
        if entry.target
    )
    return _Scanned(
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


def _run() -> _Scanned:
    raise UsageError(
        "no scanner can be run yet",
        hint="read a report that was made elsewhere:"
        " `imagelock scan --report TOOL:FILE`",
    )


def _by_digest(results: Iterable[ScanResult]) -> dict[Digest, list[ScanResult]]:
    by_digest: dict[Digest, list[ScanResult]] = {}
    for result in results:
        by_digest.setdefault(result.target.digest, []).append(result)
    return by_digest


def _is_complete(assessments: Iterable[Assessment]) -> bool:
    return all(a.outcome is not Outcome.COULD_NOT_SCAN for a in assessments)


def _about_nothing(
    project: ProjectFiles, found: Sequence[Found], lockfile: Lockfile | None
) -> list[Finding]:
    """Return the finding that nothing is locked, if that is so."""
    if (lockfile and lockfile.images) or not is_whole(project):
        return []
    return [nothing_found(project, found, lockfile)]


def _softened(finding: Finding, failing: Collection[Reference]) -> Finding:
    """Return *finding*, no error if nothing in it is as severe as `--fail-on`."""
    is_low = finding.rule is Rule.VULNERABILITY and finding.reference not in failing
    if is_low and finding.severity is Severity.ERROR:
        return replace(finding, severity=Severity.WARNING)
    return finding
