"""`imagelock doctor`."""

from __future__ import annotations

import typer

from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.options import (
    Environment,
    Format,
    Timeout,
)
from imagelock.cli.session import Session
from imagelock.commands.doctor import doctor
from imagelock.errors import RegistryError
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.report import as_json
from imagelock.report.doctor import format_diagnoses
from imagelock.report.style import printable


def doctor_command(
    context: typer.Context,
    *,
    output: Format = TEXT,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Check the connection and credentials of every registry that the project uses.

    Exit codes: 0 every registry answered, 2 usage or configuration, 3 a registry
    did not answer.
    """
    session: Session = context.obj
    session.require_registries("doctor")
    project = session.project(environment=environment, online=True)
    diagnoses = doctor(project, session, timeout)
    if output == JSON:
        session.print(as_json.diagnoses(diagnoses))
    else:
        session.print(format_diagnoses(diagnoses, style=session.style))
    unreachable = [diagnosis for diagnosis in diagnoses if not diagnosis.reachable]
    for diagnosis in unreachable if session.quiet else ():
        message = f"`{diagnosis.registry}` cannot be reached: {diagnosis.error}"
        session.error(f"error: {printable(message)}\n")
    if unreachable:
        raise typer.Exit(RegistryError.exit_code)
