"""Look for vulnerabilities in the locked images: `scan`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.nothing_found import is_whole, nothing_found, rules_off
from imagelock.commands.rule_settings import apply_rule_settings
from imagelock.commands.scanning.scan_findings import ScanFindings
from imagelock.commands.scanning.scan_results import manifest_digests, scan_platforms
from imagelock.commands.selection import places_by_key, select, unlocked_as_written
from imagelock.commands.verify import Verdict
from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import UsageError
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.model.finding import Rule, Severity
from imagelock.project import git
from imagelock.scanning.assessment import Acceptances, assess
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.targets import (
    LockedPlatform,
    locked_platforms,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.scanning.scan_request import ScanRequest
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles
    from imagelock.scanning.assessment import Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanVerdict:
    """What `scan` found.

    `assessments` has each locked platform that was to be scanned, by reference.
    `hidden_names` are what stands for the names of images that must not be shown.
    `unchanged` is the number of images that were locked at the revision, too.
    `is_broken` is whether a project of several could not be scanned at all.
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
    is_broken: bool = False

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
            is_broken=self.is_broken,
        )

    @property
    def exit_code(self) -> int:
        """1 for a finding that is an error, 3 if something could not be scanned, or 0.

        It is 2 if a project of several could not be scanned at all.
        """
        return self.verdict.exit_code(Severity.ERROR)


def scan(project: ProjectFiles, request: ScanRequest, console: Console) -> ScanVerdict:
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
    scanned = scan_platforms(project, request, changed, lockfile, console)
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
    return manifest_digests(project.lockfile_at(revision).images.values())


def _is_changed(entry: LockedPlatform, earlier: Collection[Digest] | None) -> bool:
    return earlier is None or entry.target is None or entry.target.digest not in earlier


def _is_complete(assessments: Iterable[Assessment]) -> bool:
    return all(a.outcome is not Outcome.COULD_NOT_SCAN for a in assessments)


def _about_nothing(
    project: ProjectFiles, found: Sequence[Found], lockfile: Lockfile | None
) -> list[Finding]:
    """Return the finding that nothing is locked, if that is so."""
    if (lockfile and lockfile.images) or not is_whole(project, found):
        return []
    return [nothing_found(project, found, lockfile)]


def _softened(finding: Finding, failing: Collection[Reference]) -> Finding:
    """Return *finding*, no error if nothing in it is as severe as `--fail-on`."""
    is_low = finding.rule is Rule.VULNERABILITY and finding.reference not in failing
    if is_low and finding.severity is Severity.ERROR:
        return replace(finding, severity=Severity.WARNING)
    return finding
