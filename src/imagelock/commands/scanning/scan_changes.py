"""Scan the images before and after an update: `update --scan` and `--security`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.project_scanner import run_project_scanner
from imagelock.commands.scanning.scan_request import ScanRequest
from imagelock.commands.scanning.scanned_update import Comparison, ScannedUpdate
from imagelock.dataclass import replace
from imagelock.scanning.assessment import Acceptances
from imagelock.scanning.difference import difference
from imagelock.scanning.targets import distinct_targets, locked_platforms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.commands.console import Console
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.scanning.scanned_update import ChangeScan
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles
    from imagelock.scanning.outcome import ScanResult
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import ScanTarget
    from imagelock.scanning.vulnerability import Vulnerability, VulnerabilitySeverity

    Results = Mapping[Digest, ScanResult]


def scan_changes(
    project: ProjectFiles,
    result: LockResult,
    old: Lockfile,
    options: ChangeScan,
    console: Console,
) -> ScannedUpdate:
    """Compare both sides of each change in *result*: by one tool, with one database.

    Raises:
        ScannerMissingError: no scanner is installed.
        ConfigurationError: the scanner of the settings cannot be used.
    """
    pairs = {
        change.reference: (change.old, change.new)
        for change in result.changes
        if change.old and change.new and change.old.digest != change.new.digest
    }
    targets = distinct_targets(
        entry
        for images in pairs.values()
        for image in images
        for entry in locked_platforms(image)
    )
    if not targets:
        return ScannedUpdate(result=result)
    run = run_project_scanner(project, targets, console, scanner=options.scanner)
    for notice in run.notices:
        console.notice(f"note: {notice}\n")
    results = {item.target.digest: item for item in run.results}
    raw = {key: _comparison(*images, results) for key, images in pairs.items()}
    kept = frozenset(
        key
        for key, comparison in raw.items()
        if key in old.images and not _is_wanted(comparison, options.security)
    )
    return ScannedUpdate(
        result=_without(result, old, kept),
        comparisons=_counted(project, raw),
        kept=kept,
    )


def _comparison(old: Image, new: Image, results: Results) -> Comparison:
    """Return what *results* say of two images, of the platforms that both have."""
    targets = [{e.platform: e.target for e in locked_platforms(i)} for i in (old, new)]
    common = [p for p in targets[0] if p in targets[1]]
    pairs = [(targets[0][platform], targets[1][platform]) for platform in common]
    if not pairs or None in (target for pair in pairs for target in pair):
        return Comparison(problem="no platform has a manifest on both sides")
    sides: list[list[ScanReport]] = [[], []]
    for pair in pairs:
        for reports, target in zip(sides, pair, strict=True):
            found = _result(target, results)
            if found is None or found.report is None:
                return _failed(found)
            reports.append(found.report)
    before, after = ([v for r in side for v in r.vulnerabilities] for side in sides)
    return Comparison(
        difference=difference(before, after),
        is_empty=all(report.packages == 0 for side in sides for report in side),
    )


def _result(target: ScanTarget | None, results: Results) -> ScanResult | None:
    return results.get(target.digest) if target else None


def _failed(result: ScanResult | None) -> Comparison:
    if result is None:
        return Comparison(problem="it was not scanned")
    platform = f" ({result.target.platform})" if result.target.platform else ""
    problem = f"{result.target.digest.abbreviated}{platform} could not be scanned"
    return Comparison(problem=f"{problem}: {result.problem}", hint=result.hint)


def _is_wanted(comparison: Comparison, security: VulnerabilitySeverity | None) -> bool:
    """Return whether an image moves: always, unless only *security* counts."""
    if security is None:
        return True
    found = comparison.difference
    return found is not None and any(row.severity >= security for row in found.fixed)


def _counted(
    project: ProjectFiles, comparisons: Mapping[Reference, Comparison]
) -> dict[Reference, Comparison]:
    """Return *comparisons* with the vulnerabilities that count by the settings."""
    settings = project.config.scan
    which = ScanRequest().which(settings)
    acceptances = Acceptances(settings.accepted, datetime.now(UTC).date())

    def counted(key: Reference, comparison: Comparison) -> Comparison:
        def counts(row: Vulnerability) -> bool:
            entries = acceptances.matching(row, key)
            is_accepted = any(map(acceptances.is_current, entries))
            return which.passes(row) and not is_accepted

        found = comparison.difference
        return replace(comparison, difference=found and found.only(counts))

    return {key: counted(key, each) for key, each in comparisons.items()}


def _without(
    result: LockResult, old: Lockfile, kept: frozenset[Reference]
) -> LockResult:
    """Return *result* in which the images *kept* are locked as in *old*."""
    if not kept:
        return result
    images = {
        key: old.images[key] if key in kept else image
        for key, image in result.lockfile.images.items()
    }
    changes: tuple[Change, ...] = tuple(
        change for change in result.changes if change.reference not in kept
    )
    lockfile = replace(result.lockfile, images=images)
    return replace(result, lockfile=lockfile, changes=changes)
