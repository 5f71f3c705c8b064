"""`imagelock fleet scan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import (
    CSV,
    DatabaseOption,
    Images,
    Scheduler,
    TableFormat,
    exit_code,
    shard_of,
    shard_option,
    workers,
)
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.scan_options import (
    IgnoreUnfixed,
    OnlyExploited,
    ScannerOption,
    SeverityOption,
)
from imagelock.cli.session import Session
from imagelock.cli.thresholds import THRESHOLD, Threshold
from imagelock.commands.scanning.scan_reports import parse_report_option
from imagelock.commands.scanning.scan_request import ScanRequest
from imagelock.dataclass import replace
from imagelock.errors import RegistryError, UsageError
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.scan import FleetScan, scan_fleet
from imagelock.fleet.scans.request import FleetScanRequest
from imagelock.report.fleet import as_csv, as_json
from imagelock.report.fleet.scan_text import format_fleet_scan, scan_failure_lines
from imagelock.report.style import printable


def scan_command(
    context: typer.Context,
    images: Images = None,
    *,
    database: DatabaseOption = Path(DATABASE),
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="TOOL:FILE",
            show_default=False,
            help="Read the report of a scanner instead of running one, or all reports in"
            " a folder: `trivy:reports/`. Can be repeated.",
        ),
    ] = None,
    scanner: ScannerOption = None,
    platform: Annotated[
        list[str] | None,
        typer.Option(
            "--platform",
            metavar="PLATFORM",
            show_default=False,
            help="Only manifests for this platform, such as `linux/amd64`; all that are"
            " locked by default. Can be repeated.",
        ),
    ] = None,
    only_new: Annotated[
        bool,
        typer.Option(
            "--new",
            help="Only scan what the scanner has not scanned before; of the other"
            " images, show what it found then.",
        ),
    ] = False,
    shard: Annotated[str | None, shard_option("manifests", "digests")] = None,
    severity: SeverityOption = None,
    ignore_unfixed: IgnoreUnfixed = False,
    only_exploited: OnlyExploited = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Exit with 1 on vulnerabilities of the severity that `fail-on` in"
            " `[scan]` has; by default on any that is reported.",
        ),
    ] = False,
    fail_on: Annotated[
        Threshold | None,
        typer.Option(
            metavar=THRESHOLD,
            show_default=False,
            help="Exit with 1 on vulnerabilities of this severity or higher.",
        ),
    ] = None,
    scheduler: Scheduler = None,
    output: TableFormat = TEXT,
) -> None:
    """Look for known vulnerabilities in what all repositories lock.

    Each distinct manifest is scanned once, however many repositories lock it, as the
    settings of the current folder say. What is found is kept in the database, so that
    `fleet where` knows which repositories ship a vulnerability. With `--offline`, only
    results of earlier scans are used.

    Exit codes: 0 done, with or without vulnerabilities, 1 `--check` or `--fail-on` found
    some, 2 usage or configuration, 3 something could not be scanned, or a repository
    could not be read, and may be missing.
    """
    session: Session = context.obj
    if only_new and report:
        raise UsageError("`--new` is about running a scanner, and `--report` runs none")
    if scheduler and (report or session.offline):
        other = "--report" if report else "--offline"
        raise UsageError(
            f"`--scheduler` is about running a scanner, and `{other}` runs none"
        )
    request = FleetScanRequest(
        scan=ScanRequest(
            images=images or (),
            reports=[parse_report_option(each) for each in report or ()],
            severity=severity,
            fail_on=fail_on,
            ignore_unfixed=ignore_unfixed,
            only_exploited=only_exploited,
            offline=session.offline,
            scanner=scanner,
        ),
        platforms=platform or (),
        shard=shard_of(shard),
        only_new=only_new,
    )
    project = session.project(online=True)
    with workers(scheduler, request.jobs) as (executor, jobs):
        request = replace(request, executor=executor, jobs=jobs)
        run = scan_fleet(database, request, project, session)
    _print(session, run, output)
    code = exit_code(
        session,
        run.unreadable,
        is_found=run.is_vulnerable,
        check=check or fail_on is not None,
    )
    raise typer.Exit(code or (0 if run.is_complete else RegistryError.exit_code))


def _print(session: Session, run: FleetScan, output: str) -> None:
    for notice in run.notices:
        session.notice(f"note: {printable(notice)}\n")
    everything = session.verbose > 0
    if output == JSON:
        session.print(as_json.scanned(run))
    elif output == CSV:
        session.print(as_csv.scanned(run))
    else:
        style = session.style
        session.print(format_fleet_scan(run, style=style, everything=everything))
    for line in scan_failure_lines(run, everything=everything):
        session.error(f"{line}\n")
