"""`imagelock diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.format_names import TEXT, is_from_environment
from imagelock.cli.formats import output_reporter
from imagelock.cli.options import FormatOfChanges
from imagelock.cli.output import print_changes
from imagelock.cli.session import Session
from imagelock.commands.diff import diff
from imagelock.report.changes import Changes


def diff_command(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(metavar="OLD", help="A lockfile, or a Git revision."),
    ] = "HEAD",
    new: Annotated[
        str | None,
        typer.Argument(
            metavar="NEW",
            show_default=False,
            help="A lockfile, or a Git revision; the project's lockfile by default.",
        ),
    ] = None,
    *,
    output: FormatOfChanges = TEXT,
) -> None:
    """Show the changes between two lockfiles, or two Git revisions of the lockfile.

    Exit codes: 0 done, with or without changes, 2 usage, configuration, or a
    missing or unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(environment=False)
    reporter = output_reporter(
        project, output, from_environment=is_from_environment(context)
    )
    print_changes(session, Changes.of(diff(project, old, new)), reporter)
