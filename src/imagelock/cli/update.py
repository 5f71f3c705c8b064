"""`imagelock update`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.bumping import Wish
from imagelock.cli.bumping import bumped as bump
from imagelock.cli.locking import Task, carry_out
from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    ChangesFormat,
    Depth,
    Environment,
    FormatOfChanges,
    Reports,
    Timeout,
)
from imagelock.cli.pinning import complain
from imagelock.cli.session import Session
from imagelock.model.tag_version import Level


def command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            show_default=False,
            help="Images to move, in any spelling or as a pattern; all by default."
            " `IMAGE=TAG` gives it another tag, in the files, too.",
        ),
    ] = None,
    *,
    level: Annotated[
        Level | None,
        typer.Option(
            "--bump",
            envvar="IMAGELOCK_BUMP",
            show_default=False,
            help="Move to newer tags, too, at most so far, and edit the files.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            envvar="IMAGELOCK_DRY_RUN",
            help="Show what would change and write nothing.",
        ),
    ] = False,
    index: Annotated[
        bool,
        typer.Option(
            "--index",
            envvar="IMAGELOCK_INDEX",
            help="Also move where only the index changed: attestations,"
            " or platforms that are not declared.",
        ),
    ] = False,
    details: Annotated[
        Depth,
        typer.Option(
            "--details",
            envvar="IMAGELOCK_DETAILS",
            help="How much to ask about each image that moved:"
            " nothing, two requests, or four.",
        ),
    ] = Depth.SOME,
    output: FormatOfChanges = ChangesFormat.TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Move locked digests to what the tags stand for now, and show the difference.

    A reference that a file writes with a digest stays where it is, and so does one of
    which only the index changed.

    Exit codes: 0 done, 1 a file must be mended, or a tag could not be written into
    it, 2 usage, configuration or an unusable lockfile, 3 a registry did not answer.
    """
    session: Session = context.obj
    project = session.project(environment=environment)
    wish = Wish.parse(images or (), level)
    bumped = bump(project, session, wish, timeout) if wish.moves_tags else None
    carry_out(
        session,
        project,
        Task(
            refresh=wish.images,
            bumped=bumped,
            write=not dry_run,
            accept_index_changes=index,
            requests=details.requests,
            reports=report or (),
        ),
        output=output,
        timeout=timeout,
    )
    if bumped and any(kept.is_problem for kept in bumped.result.plan.kept):
        complain(session, bumped.result.plan)
        raise typer.Exit(1)
