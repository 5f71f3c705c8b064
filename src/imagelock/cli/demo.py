"""`imagelock demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.session import Session


def demo_command(
    context: typer.Context,
    *,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            envvar="IMAGELOCK_KEEP",
            help="Leave the folder of the demo in place.",
        ),
    ] = False,
) -> None:
    """Tell the story of a moving tag, on a registry of its own in this process.

    Exit codes: 0 every command ended as it should, 1 one did not.
    """
    from imagelock.demo.tour import tour  # noqa: PLC0415 - only the demo needs it

    session: Session = context.obj
    raise typer.Exit(tour(session.style, keep=keep))
