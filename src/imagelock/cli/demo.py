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
            help="Keep the temporary project of the demo.",
        ),
    ] = False,
) -> None:
    """Run a guided demo of a moving tag against an in-memory registry.

    Exit codes: 0 every command ended as expected, 1 a command did not.
    """
    from imagelock.demo.tour import tour  # only the demo needs it

    session: Session = context.obj
    raise typer.Exit(tour(session.style, keep=keep))
