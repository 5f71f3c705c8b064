"""`imagelock doctor`."""

from __future__ import annotations

import time

import typer

from imagelock.cli.options import Environment, Format, OutputFormat
from imagelock.cli.session import Session


def doctor(
    context: typer.Context,
    *,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
) -> None:
    """Ask every registry that the project uses how it is, and show what it said.

    Exit codes: 0 all of them answer, 2 usage or configuration, 3 one does not.
    """
    from imagelock.cli.connect import registries  # noqa: PLC0415 - see cli/app.py
    from imagelock.cli.progress import progress  # noqa: PLC0415
    from imagelock.doctor import examine, names  # noqa: PLC0415
    from imagelock.errors import RegistryError  # noqa: PLC0415
    from imagelock.report import as_json  # noqa: PLC0415
    from imagelock.report.doctor import text  # noqa: PLC0415
    from imagelock.wanted import wanted  # noqa: PLC0415

    session: Session = context.obj
    project = session.project(environment=environment)
    used = names(wanted(project.found()))
    with (
        registries(project.config) as registry,
        progress(session, "Asking registries", len(used)) as advance,
    ):
        diagnoses = examine(used, registry, time.time, advance)
    if output is OutputFormat.JSON:
        session.print(as_json.diagnoses(diagnoses))
    else:
        session.print(text(diagnoses, style=session.style))
    if not all(one.reachable for one in diagnoses):
        raise typer.Exit(RegistryError.exit_code)
