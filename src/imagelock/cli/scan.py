"""`imagelock scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.format_names import TEXT
from imagelock.cli.formats import choose_reporter, plan_reports, write_scan
from imagelock.cli.options import (
    All,
    FormatOfFindings,
    images_argument,
)
from imagelock.cli.scan_options import (
    FailOn,
    IgnoreUnfixed,
    OnlyExploited,
    ScannerOption,
    SeverityOption,
)
from imagelock.cli.session import Session
from imagelock.commands.scanning.scan import ScanVerdict, scan
from imagelock.commands.scanning.scan_all import scan_all
from imagelock.commands.scanning.scan_reports import parse_report_option
from imagelock.commands.scanning.scan_request import ScanRequest
from imagelock.errors import UsageError
from imagelock.model.finding import Severity
from imagelock.report.findings import format_finding
from imagelock.report.scans.as_text import format_scan
from imagelock.report.style import printable

if TYPE_CHECKING:
    from imagelock.report.formats import Reporter


def scan_command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        images_argument(
            "Images to scan, by name or pattern; all locked ones by default."
            " `!IMAGE` leaves images out."
        ),
    ] = None,
    *,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="TOOL:FILE|FORMAT=FILE",
            show_default=False,
            help="`TOOL:FILE` reads the report of a scanner instead of running one:"
            " `trivy:report.json`, or all in a folder. `FORMAT=FILE` also writes the"
            " result to a file. Can be repeated.",
        ),
    ] = None,
    scanner: ScannerOption = None,
    fail_on: FailOn = None,
    severity: SeverityOption = None,
    ignore_unfixed: IgnoreUnfixed = False,
    only_exploited: OnlyExploited = False,
    changed_since: Annotated[
        str | None,
        typer.Option(
            "--changed-since",
            metavar="REVISION",
            show_default=False,
            help="Only scan what was not locked at this revision of git.",
        ),
    ] = None,
    all_projects: All = False,
    output: FormatOfFindings = TEXT,
) -> None:
    """Look for known vulnerabilities in what is locked.

    Each distinct manifest of the lockfile is scanned once, by its digest. What could
    not be scanned is never taken for clean. With `--offline`, the database of the
    scanner is not updated, and only results of earlier scans are used.

    Exit codes: 0 nothing found, 1 vulnerabilities, 2 usage, configuration or an
    unusable lockfile, 3 something could not be scanned, and nothing worse was found.
    """
    session: Session = context.obj
    project = session.project(online=True)
    reporter = choose_reporter(project, output)
    written = [option for option in report or () if is_output(option)]
    files = plan_reports(project, written)
    request = ScanRequest(
        images=images or (),
        reports=[parse_report_option(r) for r in report or () if r not in written],
        changed_since=changed_since,
        severity=severity,
        fail_on=fail_on,
        ignore_unfixed=ignore_unfixed,
        only_exploited=only_exploited,
        offline=session.offline,
        scanner=scanner,
    )
    if not all_projects:
        run = scan(project, request, session)
    elif request.reports:
        raise UsageError(
            "`--all` does not go with the report of a scanner",
            hint="read it in its project: `imagelock --project DIR scan --report …`",
        )
    else:
        run = scan_all(session.members(project, online=True), request, session)
    write_scan(files, run)
    _print(session, run, reporter)
    raise typer.Exit(run.exit_code)


def is_output(option: str) -> bool:
    """Return whether *option* is `FORMAT=FILE`, and not `TOOL:FILE`."""
    return "=" in option and ":" not in option.partition("=")[0]


def _print(session: Session, run: ScanVerdict, reporter: Reporter | None) -> None:
    """Print the result; with `--quiet` only the findings that fail the run."""
    for notice in run.notices:
        session.notice(f"note: {printable(notice)}\n")
    if session.quiet:
        for finding in run.findings:
            if finding.severity is Severity.ERROR:
                session.error(format_finding(finding, session.error_style))
    elif reporter is not None:
        session.print(reporter.of_scan(run))
    else:
        verbose = session.verbose > 0
        session.print(format_scan(run, style=session.style, verbose=verbose))
