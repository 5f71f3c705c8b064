"""`imagelock fleet export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import DatabaseOption, exit_code
from imagelock.cli.session import Session
from imagelock.errors import UsageError
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.export import export_fleet
from imagelock.report.style import plural, printable


def export_command(
    context: typer.Context,
    *,
    database: DatabaseOption = Path(DATABASE),
    parquet: Annotated[
        Path | None,
        typer.Option(
            "--parquet",
            metavar="FOLDER",
            show_default=False,
            help="Write Parquet files; this needs `imagelock[parquet]`.",
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FOLDER", show_default=False, help="Write CSV files."
        ),
    ] = None,
) -> None:
    """Write each view of the database as a file that other engines read.

    DuckDB, Spark, BigQuery and Trino then answer questions where the files are, such as
    in object storage.

    Exit codes: 0 done, 2 usage, 3 a repository could not be read, and may be missing.
    """
    session: Session = context.obj
    if parquet is None and csv is None:
        raise UsageError(
            "it is not clear what to write",
            hint="name a folder: `--parquet FOLDER`, `--csv FOLDER`, or both",
        )
    result = export_fleet(database, parquet=parquet, csv=csv)
    for path, rows in result.files.items():
        session.print(f"{printable(str(path))}: {plural(rows, 'row')}\n")
    raise typer.Exit(exit_code(session, result.unreadable, is_found=False))
