"""`imagelock lock`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.locking import Task, carry_out
from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    ChangesFormat,
    Environment,
    FormatOfChanges,
    Paths,
    Reports,
    Timeout,
)
from imagelock.cli.session import Session


def command(
    context: typer.Context,
    paths: Paths = None,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            envvar="IMAGELOCK_CHECK",
            help="Write nothing; exit with 1 if the lockfile would change.",
        ),
    ] = False,
    output: FormatOfChanges = ChangesFormat.TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Lock what is new, drop what is gone, and keep every other digest.

    Exit codes: 0 done, 1 a file must be mended, or `--check` found a change,
    2 usage, configuration or an unusable lockfile, 3 a registry did not answer.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    changed = carry_out(
        session,
        project,
        Task(write=not check, reports=report or ()),
        output=output,
        timeout=timeout,
    )
    if check and changed:
        session.complain(
            "error: `images.lock` needs to change, but `--check` was given\n\n"
            "hint: run `imagelock lock`\n"
        )
        raise typer.Exit(1)
