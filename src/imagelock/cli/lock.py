"""`imagelock lock`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.format_names import TEXT
from imagelock.cli.formats import output_reporter, plan_reports
from imagelock.cli.options import (
    Environment,
    FormatOfChanges,
    Paths,
    Reports,
    Timeout,
)
from imagelock.cli.output import finish_lock
from imagelock.cli.session import Session
from imagelock.commands.lock import lock
from imagelock.registry.connect import DEFAULT_TIMEOUT


def lock_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Do not write; exit with 1 if the lockfile would change.",
        ),
    ] = False,
    output: FormatOfChanges = TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Lock new references and drop unused entries, keeping all other digests.

    Exit codes: 0 done, 1 a file must be fixed, or `--check` found a change,
    2 usage, configuration or an unusable lockfile, 3 a registry did not answer.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment, online=True)
    reporter = output_reporter(context, project, output)
    files = plan_reports(project, report, changes=True)
    run = lock(project, session, write=not check, timeout=timeout)
    finish_lock(session, run, reporter, files, written=not check)
    if check and run.changed:
        session.error(
            "error: `images.lock` would change, but `--check` was given\n\n"
            "hint: run `imagelock lock`\n"
        )
        raise typer.Exit(1)
