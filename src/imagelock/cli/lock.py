"""`imagelock lock`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    ChangesFormat,
    Environment,
    FormatOfChanges,
    Paths,
    Reports,
    Timeout,
)
from imagelock.cli.output import finish_lock
from imagelock.cli.report_files import plan_reports
from imagelock.cli.session import Session
from imagelock.commands.lock import lock


def lock_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            envvar="IMAGELOCK_CHECK",
            help="Do not write; exit with 1 if the lockfile would change.",
        ),
    ] = False,
    output: FormatOfChanges = ChangesFormat.TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Lock new references and drop unused entries, keeping all other digests.

    Exit codes: 0 done, 1 a file must be fixed, or `--check` found a change,
    2 usage, configuration or an unusable lockfile, 3 a registry did not answer.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    files = plan_reports(report, changes=True)
    run = lock(project, session, write=not check, timeout=timeout)
    finish_lock(session, run, output, files, written=not check)
    if check and run.changed:
        session.error(
            "error: `images.lock` would change, but `--check` was given\n\n"
            "hint: run `imagelock lock`\n"
        )
        raise typer.Exit(1)
