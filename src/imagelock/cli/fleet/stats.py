"""`imagelock fleet stats`."""

from __future__ import annotations

from pathlib import Path

import typer

from imagelock.cli.fleet.options import (
    CSV,
    DatabaseOption,
    TableFormat,
    exit_code,
)
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.session import Session
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.stats import statistics
from imagelock.report.fleet import as_csv, as_json
from imagelock.report.fleet.as_text import format_statistics


def stats_command(
    context: typer.Context,
    *,
    database: DatabaseOption = Path(DATABASE),
    output: TableFormat = TEXT,
) -> None:
    """Count the repositories and images of a fleet, and show the most used ones.

    Exit codes: 0 done, 2 usage, 3 a repository could not be read, and is not counted.
    """
    session: Session = context.obj
    result = statistics(database)
    if output == JSON:
        session.print(as_json.statistics(result))
    elif output == CSV:
        session.print(as_csv.statistics(result))
    else:
        session.print(format_statistics(result, style=session.style))
    raise typer.Exit(exit_code(session, result.unreadable, is_found=False))
