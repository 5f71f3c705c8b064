"""`imagelock doctor`."""

from __future__ import annotations

import time

import typer

from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    Environment,
    Format,
    OutputFormat,
    Timeout,
)
from imagelock.cli.progress import progress
from imagelock.cli.session import Session
from imagelock.commands.doctor import examine, names
from imagelock.commands.selection import wanted
from imagelock.errors import RegistryError
from imagelock.registry.connect import open_registry
from imagelock.report import as_json
from imagelock.report.doctor import text
from imagelock.report.style import printable


def command(
    context: typer.Context,
    *,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Ask every registry that the project uses how it is, and show what it said.

    Exit codes: 0 all of them answer, 2 usage or configuration, 3 one does not.
    """
    session: Session = context.obj
    project = session.project(environment=environment)
    used = names(wanted(project.found()))
    with (
        open_registry(project.config, session, timeout) as registry,
        progress(session, "Asking registries", len(used)) as advance,
    ):
        diagnoses = examine(used, registry, time.time, advance)
    if output is OutputFormat.JSON:
        session.print(as_json.diagnoses(diagnoses))
    else:
        session.print(text(diagnoses, style=session.style))
    silent = [one for one in diagnoses if not one.reachable]
    for one in silent if session.quiet else ():
        reason = printable(f"`{one.registry}` cannot be reached: {one.error}")
        session.complain(f"error: {reason}\n")
    if silent:
        raise typer.Exit(RegistryError.exit_code)
