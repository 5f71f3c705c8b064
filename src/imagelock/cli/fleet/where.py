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
from imagelock.errors import RegistryError
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.where import read_questions, where
from imagelock.report.fleet import as_csv, as_json
from imagelock.report.fleet.as_text import format_places
from imagelock.report.style import plural


def where_command(
    context: typer.Context,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE",
            show_default=False,
            help="A digest, of an image or of one of its platforms, or the start of"
            " one; a reference or pattern; a vulnerability that `fleet scan` looked for,"
            " such as `CVE-2024-3094`; or `@FILE` with a line for each, `@-` for stdin.",
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
    """Show which repositories lock an image, or ship a vulnerability.

    Exit codes: 0 done, found or not, 1 `--check` found an image, 2 usage, 3 a
    repository could not be read, or an image was not scanned, and may be missing.
    """
    session: Session = context.obj
    result = where(database, read_questions(images, sys.stdin))
    if output == JSON:
        session.print(as_json.places(result))
    elif output == CSV:
        session.print(as_csv.places(result))
    else:
        session.print(format_places(result, style=session.style))
    if result.unscanned:
        session.notice(
            f"note: {plural(result.unscanned, 'locked manifest')} could not be scanned, or"
            " not yet, and may be missing here: run `imagelock fleet scan --new`\n"
        )
    is_found = any(result.places.values())
    code = exit_code(session, result.unreadable, is_found=is_found, check=check)
    raise typer.Exit(code or (RegistryError.exit_code if result.unscanned else 0))
