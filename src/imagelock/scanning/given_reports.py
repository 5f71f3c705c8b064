"""Reports that were made elsewhere: `--report TOOL:FILE`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace
from imagelock.scanning.outcome import ScanResult
from imagelock.scanning.scan_report import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from imagelock.model.digest import Digest
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import ScanTarget

    Reports = Sequence[tuple[str, ScanReport]]
    """Reports, and the names of the files that they are from."""


@dataclass(frozen=True, slots=True)
class ReportOption:
    """A value of the option `--report TOOL:FILE`.

    `digest` is what the user says that the report is about: `TOOL:FILE@sha256:…`. It is
    for tools whose reports do not.
    """

    tool: str
    file: str
    digest: Digest | None = None


def checked_report(
    report: ScanReport, digest: Digest | None, now: datetime, limit: timedelta
) -> ScanReport:
    """Return *report* with its digest: what it names, or else *digest*.

    *limit* is how old its database may be at the time *now*.

    Raises:
        ReportError: it is about another digest than *digest*, or about no digest at all;
            or its database is too old.
    """
    if digest and report.digest and not report.names(digest):
        raise ReportError(f"it is about {report.digest}, not {digest}")
    if not digest and not report.digest:
        raise ReportError(
            f"the report of {report.tool} names no digest, so that it may be about any"
            " image",
            hint=f"name what was scanned: `--report {report.tool}:FILE@sha256:…`",
        )
    if report.built and now - report.built > limit:
        age = (now - report.built).days
        raise ReportError(
            f"its database is of {report.built.astimezone(UTC):%Y-%m-%d},"
            f" {age} days ago; {limit.days} are allowed",
            hint="scan again, or raise `max-database-age` in `[scan]`",
        )
    return replace(report, digest=report.digest or digest)


def match_reports(targets: Sequence[ScanTarget], reports: Reports) -> list[ScanResult]:
    """Return the results for *targets*, of each tool the newest report.

    What no report names could not be scanned.
    """
    return [result for target in targets for result in _results(target, reports)]


def unused_reports(
    digests: frozenset[Digest], reports: Reports
) -> list[tuple[str, ScanReport]]:
    """Return those of *reports* that name none of *digests*."""
    return [
        (name, report)
        for name, report in reports
        if not any(report.names(digest) for digest in digests)
    ]


def _results(target: ScanTarget, reports: Reports) -> list[ScanResult]:
    about = [report for _, report in reports if report.names(target.digest)]
    oldest = datetime.min.replace(tzinfo=UTC)
    newest = {
        report.tool: report
        for report in sorted(about, key=lambda report: report.built or oldest)
    }
    if newest:
        return [ScanResult(target, report) for report in newest.values()]
    problem = "no report names its digest"
    return [ScanResult(target, problem=problem, hint=f"scan `{target}`")]
