"""`imagelock fleet merge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import database_output, exit_code
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.options import Format
from imagelock.cli.session import Session
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.merge import merge
from imagelock.report.fleet import as_json
from imagelock.report.fleet.as_text import format_merged


def merge_command(
    context: typer.Context,
    databases: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="Databases that `fleet collect --shard` wrote, in jobs of their own.",
        ),
    ],
    *,
    database: Annotated[
        Path,
        database_output("The database to write. What it has already stays."),
    ] = Path(DATABASE),
    output: Format = TEXT,
) -> None:
    """Put the databases of several jobs into a single one.

    Of a repository that several of them have, what was read last counts, and so it is
    for the results of scans.

    Exit codes: 0 done, 2 usage, or a file is not such a database, 3 a repository or
    lockfile in them could not be read.
    """
    session: Session = context.obj
    result = merge(databases, session, database)
    if output == JSON:
        session.print(as_json.merged(result))
    else:
        session.print(format_merged(result))
    raise typer.Exit(exit_code(session, result.unreadable, is_found=False))
