"""`imagelock fleet split`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import (
    CSV,
    DatabaseOption,
    Images,
    TableFormat,
    exit_code,
)
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.session import Session
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.split import split_tags
from imagelock.report.fleet import as_csv, as_json
from imagelock.report.fleet.as_text import format_split_tags


def split_command(
    context: typer.Context,
    images: Images = None,
    *,
    database: DatabaseOption = Path(DATABASE),
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 1 if a tag has several digests."),
    ] = False,
    output: TableFormat = TEXT,
) -> None:
    """Show tags that repositories lock to different digests.

    Exit codes: 0 done, with or without such tags, 1 `--check` found one, 2 usage, 3 a
    repository could not be read, and may be missing.
    """
    session: Session = context.obj
    result = split_tags(database, images or ())
    if output == JSON:
        session.print(as_json.split_tags(result))
    elif output == CSV:
        session.print(as_csv.split_tags(result))
    else:
        everything = session.verbose > 0
        session.print(
            format_split_tags(result, style=session.style, everything=everything)
        )
    raise typer.Exit(
        exit_code(session, result.unreadable, is_found=bool(result.tags), check=check)
    )
