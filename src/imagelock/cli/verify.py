"""`imagelock verify`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.formats import choose_reporter, plan_reports, write_findings
from imagelock.cli.options import (
    TEXT,
    Environment,
    FormatOfFindings,
    Paths,
    Reports,
    Timeout,
)
from imagelock.cli.session import Session
from imagelock.commands.verify import verify
from imagelock.errors import UsageError, reason
from imagelock.model.finding import Severity
from imagelock.registry.connect import DEFAULT_TIMEOUT
from imagelock.report.findings import format_finding, format_findings, format_mirrors
from imagelock.report.style import Style

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict
    from imagelock.project.project_files import ProjectFiles
    from imagelock.report.formats import Reporter

_LARGEST: Final = 256 * 1024 * 1024
"""In bytes; the pods of a cluster with thousands of them take a tenth of this."""


class FailOn(StrEnum):
    """The lowest severity that makes `verify` fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def verify_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            envvar="IMAGELOCK_OFFLINE",
            help="Only compare the files with the lockfile, without network access.",
        ),
    ] = False,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Also ask registries for the manifest of each platform, which may be"
            " gone although its tag has not moved.",
        ),
    ] = False,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            envvar="IMAGELOCK_FAIL_ON",
            help="Exit with 1 on findings of this severity or higher.",
        ),
    ] = FailOn.ERROR,
    output: FormatOfFindings = TEXT,
    running: Annotated[
        Path | None,
        typer.Option(
            "--running",
            metavar="FILE",
            allow_dash=True,
            show_default=False,
            help="Compare running containers with the lockfile instead: the JSON of"
            " `kubectl get pods`, `docker inspect` or `docker compose ps`.",
        ),
    ] = None,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Check the files and the registries against the lockfile.

    Exit codes: 0 they agree, 1 they do not, 2 usage, configuration or an unusable
    lockfile, 3 a registry did not answer and nothing worse was found.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment, online=not offline)
    reporter = choose_reporter(project, output)
    files = plan_reports(project, report)
    seconds = None if offline else timeout
    if running is None:
        verdict = verify(project, session, timeout=seconds, deep=deep)
    else:
        verdict = _verify_running(session, project, running, seconds)
    write_findings(files, verdict)
    severity = Severity[fail_on.name]
    _print(session, verdict, reporter, severity)
    raise typer.Exit(verdict.exit_code(severity))


def _verify_running(
    session: Session, project: ProjectFiles, file: Path, timeout: float | None
) -> Verdict:
    from imagelock.commands.verify_running import verify_running  # few

    is_stdin = file == Path("-")
    text = _read(file)
    path = PurePosixPath("stdin" if is_stdin else file)
    try:
        return verify_running(project, text, path, session, timeout=timeout)
    except UsageError as error:
        error.add_note("in the standard input" if is_stdin else f"in `{file}`")
        raise


def _read(file: Path) -> str:
    """Return the text of *file*, or of standard input for `-`.

    Raises:
        UsageError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        if file == Path("-"):
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError(f"`{file}` is larger than {_LARGEST} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"`{file}` cannot be read: it is not UTF-8") from error
    except OSError as error:
        message = f"`{file}` cannot be read: {reason(error)}"
        raise UsageError(message) from error


def _print(
    session: Session, verdict: Verdict, reporter: Reporter | None, fail_on: Severity
) -> None:
    """Print the verdict; with `--quiet` only the findings that fail the run."""
    if session.quiet:
        for finding in verdict.findings:
            if finding.severity >= fail_on:
                session.error(format_finding(finding, Style()))
        return
    if reporter is not None:
        session.print(reporter.findings(verdict))
        return
    session.notice(format_mirrors(verdict.mirrors))
    notes = session.verbose > 0
    session.print(format_findings(verdict, style=session.style, notes=notes))
