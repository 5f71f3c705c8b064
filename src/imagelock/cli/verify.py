"""`imagelock verify`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.arranging import arranged
from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    Environment,
    FindingsFormat,
    FormatOfFindings,
    Paths,
    Reports,
    Timeout,
)
from imagelock.cli.session import Session
from imagelock.commands.selection import wanted
from imagelock.commands.verify_files import compare_files, compare_platforms, uses
from imagelock.errors import RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.finding import Rule, Severity
from imagelock.report.findings import Verdict, line, text
from imagelock.report.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from imagelock.commands.verify_registries import Checked
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles


class FailOn(StrEnum):
    """The least severity that makes `verify` fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def command(
    context: typer.Context,
    paths: Paths = None,
    *,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            envvar="IMAGELOCK_OFFLINE",
            help="Compare files and lockfile only; open no connection.",
        ),
    ] = False,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            envvar="IMAGELOCK_FAIL_ON", help="Exit with 1 from this severity on."
        ),
    ] = FailOn.ERROR,
    output: FormatOfFindings = FindingsFormat.TEXT,
    running: Annotated[
        Path | None,
        typer.Option(
            "--running",
            envvar="IMAGELOCK_RUNNING",
            metavar="FILE",
            allow_dash=True,
            show_default=False,
            help="Compare what runs with the lockfile, and nothing else: the JSON of"
            " `kubectl get pods`, `docker inspect` or `docker compose ps`.",
        ),
    ] = None,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Check that files, lockfile and registries agree.

    Exit codes: 0 they agree, 1 they do not, 2 usage, configuration or an
    unusable lockfile, 3 a registry could not be asked and nothing worse was found.
    """
    session: Session = context.obj
    files = _files(report or ())
    project = session.project(paths or (), environment=environment)
    seconds = None if offline else timeout
    if running is None:
        verdict = _compared(session, project, seconds)
    else:
        from imagelock.cli.running import compared  # noqa: PLC0415 - few need it

        verdict = compared(session, project, running, seconds)
    if files:
        from imagelock.cli.report_files import write_findings  # noqa: PLC0415

        write_findings(files, verdict)
    _print(session, verdict, output, Severity[fail_on.name])
    raise typer.Exit(_exit_code(verdict, Severity[fail_on.name]))


def _compared(
    session: Session, project: ProjectFiles, timeout: float | None
) -> Verdict:
    """Return how files, lock and registries agree; these only with a *timeout*."""
    reading = project.read()
    found = reading.found
    lockfile = project.lockfile() or Lockfile()
    findings = [
        *reading.file_findings,
        *compare_files(found, lockfile, whole=not project.paths),
        *compare_platforms(
            found,
            lockfile,
            project.platforms,
            declared=project.config.platforms_are_declared,
            own=project.image_rules.platforms(uses(found)),
        ),
    ]
    checked, could_not_check = len(uses(found)), 0
    if timeout is not None:
        online = _online(session, project, found, lockfile, timeout)
        findings += online.findings
        checked -= online.could_not_check
        could_not_check = online.could_not_check
    return Verdict(
        findings=arranged(project, findings, found),
        checked=checked,
        could_not_check=could_not_check,
        online=timeout is not None,
    )


def _files(reports: Sequence[str]) -> dict[Path, str]:
    """Return the files that get reports; an error before any work."""
    if not reports:
        return {}
    from imagelock.cli.report_files import planned  # noqa: PLC0415 - text needs none

    return planned(reports, changes=False)


def _online(
    session: Session,
    project: ProjectFiles,
    found: Sequence[Found],
    lockfile: Lockfile,
    timeout: float,
) -> Checked:
    from imagelock.cli.progress import progress  # noqa: PLC0415
    from imagelock.commands.verify_registries import Entry, compare_registries  # noqa: PLC0415
    from imagelock.registry.connect import open_registry  # noqa: PLC0415 - offline needs none

    pinned = wanted(found, lockfile.pins)
    own = project.image_rules.platforms(pinned)
    entries = [
        Entry(image, places, pinned[key] is not None or bool(key.digest), own.get(key))
        for key, places in uses(found).items()
        if (image := lockfile.images.get(key)) is not None
    ]
    with (
        open_registry(project.config, session, timeout) as registry,
        progress(session, "Asking registries", len(entries)) as advance,
    ):
        registry.expect(entry.image.reference for entry in entries)
        return compare_registries(entries, registry, project.platforms, advance)


def _print(
    session: Session, verdict: Verdict, output: FindingsFormat, fail_on: Severity
) -> None:
    """Print *verdict*; to whom wants quiet, what fails and nothing else."""
    if session.quiet:
        for finding in verdict.findings:
            if finding.severity >= fail_on:
                session.complain(line(finding, Style()))
        return
    if output is FindingsFormat.TEXT:
        notes = session.verbose > 0
        session.print(text(verdict, style=session.style, notes=notes))
        return
    from imagelock.report.formats import FORMATS  # noqa: PLC0415 - text needs none

    session.print(FORMATS[output.value].findings(verdict))


def _exit_code(verdict: Verdict, fail_on: Severity) -> int:
    if _fails(verdict.findings, fail_on):
        return 1
    return RegistryError.exit_code if verdict.could_not_check else 0


def _fails(findings: Iterable[Finding], fail_on: Severity) -> bool:
    return any(
        finding.severity >= fail_on and finding.rule is not Rule.COULD_NOT_CHECK
        for finding in findings
    )
