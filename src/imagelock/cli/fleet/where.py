"""`imagelock fleet where`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import (
    CSV,
    DatabaseOption,
    TableFormat,
    exit_code,
)
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.session import Session
from imagelock.fleet.database import DATABASE
from imagelock.fleet.where import read_questions, where
from imagelock.report import fleet_csv, fleet_json
from imagelock.report.fleet import format_places


def where_command(
    context: typer.Context,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE",
            show_default=False,
            help="A digest, of an image or of one of its platforms, or the start of"
            " one; a reference or pattern; or `@FILE` with a line for each, `@-` for"
            " stdin.",
        ),
    ],
    *,
    database: DatabaseOption = Path(DATABASE),
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 1 if a repository locks an image."),
    ] = False,
    output: TableFormat = TEXT,
) -> None:
    """Show which repositories lock an image.

    Exit codes: 0 done, found or not, 1 `--check` found an image, 2 usage, 3 a
    repository could not be read, and may be missing.
    """
    session: Session = context.obj
    result = where(database, read_questions(images, sys.stdin))
    if output == JSON:
        session.print(fleet_json.places(result))
    elif output == CSV:
        session.print(fleet_csv.places(result))
    else:
        session.print(format_places(result, style=session.style))
    is_found = any(result.places.values())
    raise typer.Exit(
        exit_code(session, result.unreadable, is_found=is_found, check=check)
    )
