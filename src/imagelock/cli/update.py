"""`imagelock update`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.locking import carry_out
from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    Environment,
    Format,
    OutputFormat,
    Timeout,
)
from imagelock.cli.session import Session


def update(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            show_default=False,
            help="Images to move, in any spelling or as a pattern; all by default.",
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            envvar="IMAGELOCK_DRY_RUN",
            help="Show what would change and write nothing.",
        ),
    ] = False,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Move locked digests to what the tags stand for now, and show the difference.

    A reference that a file writes with a digest stays where it is.
    """
    session: Session = context.obj
    carry_out(
        session,
        session.project(environment=environment),
        refresh=images or (),
        write=not dry_run,
        output=output,
        timeout=timeout,
    )
