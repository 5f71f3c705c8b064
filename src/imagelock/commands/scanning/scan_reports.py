"""Read the reports that the user names: `scan --report TOOL:FILE`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.errors import ImagelockError, UsageError, did_you_mean, reason
from imagelock.model.digest import Digest
from imagelock.model.finding import Finding, Rule
from imagelock.model.span import FILE_START
from imagelock.scanning.given_reports import ReportOption, checked_report
from imagelock.scanning.reports import READERS
from imagelock.scanning.reports.report_object import LARGEST_REPORT
from imagelock.scanning.scan_report import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from imagelock.scanning.scan_report import ScanReport


def parse_report_option(text: str) -> ReportOption:
    """Return the option in *text*: `TOOL:FILE`, or `TOOL:FILE@sha256:…`.

    Raises:
        UsageError: *text* has another form, or names another tool.
        InvalidReferenceError: the digest is not valid.
    """
    tool, _, file = text.partition(":")
    if not file:
        raise UsageError(
            f"`{text}` is no report of a scanner",
            hint="write `TOOL:FILE`, such as `trivy:report.json`, to read a report, or"
            " `FORMAT=FILE` to write the result to a file",
        )
    if tool not in READERS:
        names = ", ".join(READERS)
        raise UsageError(
            f"imagelock reads no reports of `{tool}`",
            hint=did_you_mean(tool, READERS) or f"use one of {names}",
        )
    name, mark, digest = file.rpartition("@sha256:")
    if not mark:
        return ReportOption(tool, file)
    return ReportOption(tool, name, Digest.parse(f"sha256:{digest}"))


def read_reports(
    options: Sequence[ReportOption], limit: timedelta, now: datetime
) -> tuple[list[tuple[str, ScanReport]], list[Finding]]:
    """Return the reports with the names of their files, and findings about the others.

    *limit* is how old the database of a report may be at the time *now*.
    """
    reports, broken = [], []
    for option in [file for each in options for file in report_files(each)]:
        try:
            report = READERS[option.tool](_content(Path(option.file)))
            report = checked_report(report, option.digest, now, limit)
            reports.append((option.file, report))
        except ReportError as error:
            broken.append(_finding(option, error))
    return reports, broken


def report_files(option: ReportOption) -> list[ReportOption]:
    """Return *option*, or an option for each of its files if it names a folder."""
    folder = Path(option.file)
    if option.digest or not folder.is_dir():
        return [option]
    files = sorted(folder.glob("*.json"))
    return [replace(option, file=str(file)) for file in files] or [option]


def _content(file: Path) -> bytes:
    """Return the content of *file*, of which no more is read than is allowed.

    Raises:
        ReportError: it cannot be read.
    """
    try:
        if not file.is_file():
            raise ReportError(_why_no_file(file))
        with file.open("rb") as stream:
            return stream.read(LARGEST_REPORT + 1)
    except (OSError, ValueError) as error:
        problem = reason(error) if isinstance(error, OSError) else str(error)
        raise ReportError(problem) from error


def _why_no_file(file: Path) -> str:
    if file.is_dir():
        return "it is a folder without files `*.json`"
    return "it is not a file" if file.exists() else "it does not exist"


def _finding(option: ReportOption, error: ImagelockError) -> Finding:
    rule = Rule.COULD_NOT_CHECK
    return Finding(
        rule=rule,
        severity=rule.severity,
        message=f"the report `{option.file}` cannot be used: {error}",
        path=PurePosixPath(option.file),
        span=FILE_START,
        hint=error.hint,
    )
