"""`imagelock diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.formats import choose_reporter
from imagelock.cli.options import TEXT, FormatOfChanges
from imagelock.cli.output import print_changes
from imagelock.cli.session import Session
from imagelock.commands.diff import diff
from imagelock.report.changes import Changes


def diff_command(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="A lockfile, or a git revision that has one."
        ),
    ] = "HEAD",
    new: Annotated[
        str | None,
        typer.Argument(
            metavar="NEW",
            show_default=False,
            help="Another one; by default the lockfile of the project.",
        ),
    ] = None,
    *,
    output: FormatOfChanges = TEXT,
) -> None:
    """Show what changed between two lockfiles, or git revisions of the lockfile.

    Exit codes: 0 done, whatever changed, 2 usage, configuration, or a lockfile that
    is not there or unusable.
    """
    session: Session = context.obj
    project = session.project(environment=False)
    reporter = choose_reporter(project, output, changes=True)
    print_changes(session, Changes.of(diff(project, old, new)), reporter)
