"""`imagelock report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import Environment, Timeout
from imagelock.cli.session import Session
from imagelock.commands.history.report import ReportOptions, report
from imagelock.commands.scanning.scan_reports import parse_report_option
from imagelock.commands.scanning.scan_request import ScanRequest
from imagelock.errors import RegistryError, UsageError
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.report.badge import drift_badge
from imagelock.report.page.project import project_page
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from imagelock.commands.history.report import ProjectReport


def report_command(
    context: typer.Context,
    *,
    output_file: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file to write.",
        ),
    ] = Path("report.html"),
    badge: Annotated[
        Path | None,
        typer.Option(
            "--badge",
            metavar="FILE",
            show_default=False,
            help="Also write a badge that says whether tags have drifted, as SVG.",
        ),
    ] = None,
    outdated: Annotated[
        bool,
        typer.Option("--outdated", help="Also show newer tags, as `outdated` does."),
    ] = False,
    signatures: Annotated[
        bool,
        typer.Option(
            "--signatures",
            help="Also verify who signed the locked images, as `verify` does.",
        ),
    ] = False,
    scan: Annotated[
        bool,
        typer.Option(
            "--scan",
            help="Also show known vulnerabilities, as `scan` does; with `--offline`,"
            " those that it found before.",
        ),
    ] = False,
    scan_reports: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="TOOL:FILE",
            show_default=False,
            help="Show the vulnerabilities in the report of a scanner:"
            " `trivy:report.json`. Can be repeated.",
        ),
    ] = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Write a page about all images: where they are used, and how they moved.

    The page is a single HTML file that loads nothing from anywhere. With `--offline`,
    it does not say whether tags have moved.

    Exit codes: 0 done, with or without findings, 2 usage, configuration or an
    unusable lockfile, 3 a registry did not answer, or an image could not be scanned.
    """
    session: Session = context.obj
    if session.offline and (outdated or signatures):
        option = "--outdated" if outdated else "--signatures"
        raise UsageError(f"`{option}` asks the registries of the images")
    project = session.project(environment=environment, online=True)
    reports = [parse_report_option(each) for each in scan_reports or ()]
    options = ReportOptions(
        timeout=None if session.offline else timeout,
        signatures=signatures,
        newer_tags=outdated,
        scan=ScanRequest(reports=reports, offline=session.offline)
        if scan or reports
        else None,
    )
    result = report(project, session, options)
    project.write_output(output_file, project_page(result))
    if badge is not None:
        project.write_output(badge, drift_badge(result.verdict))
    session.print(
        f"{printable(str(output_file))}: {plural(len(result.images), 'image')},"
        f" {plural(len(result.all_findings), 'finding')}\n"
    )
    _note_gaps(session, result)
    if not result.is_complete:
        raise typer.Exit(RegistryError.exit_code)


def _note_gaps(session: Session, result: ProjectReport) -> None:
    """Say what could not be asked or scanned."""
    if result.scan:
        for notice in result.scan.notices:
            session.notice(f"note: {printable(notice)}\n")
        if failed := result.scan.verdict.could_not_check:
            session.notice(f"note: {plural(failed, 'manifest')} could not be scanned\n")
    if failed := result.verdict.could_not_check:
        session.notice(f"note: {plural(failed, 'image')} could not be checked\n")
    elif result.outdated and result.outdated.failures:
        count = plural(len(result.outdated.failures), "image")
        session.notice(f"note: newer tags of {count} are not known\n")
