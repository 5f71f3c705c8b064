"""`imagelock demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.session import Session
from imagelock.errors import UsageError


def demo_command(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="Create the project in this folder, and keep it, instead of in a"
            " temporary folder.",
        ),
    ] = None,
    *,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Keep the temporary project of the demo.",
        ),
    ] = False,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Keep the registry running until Ctrl-C, to experiment with the"
            " project. Enter pushes new content to the tag.",
        ),
    ] = False,
    web: Annotated[
        bool,
        typer.Option(
            "--web",
            help="Show the demo as a page in a browser, until Ctrl-C: push to the tag,"
            " scale up, and see what two fleets run, by tag and by lock.",
        ),
    ] = False,
) -> None:
    """Run a guided demo of a moving tag against an in-memory registry.

    Exit codes: 0 every command ended as expected, 1 a command did not.
    """
    session: Session = context.obj
    if web and serve:
        raise UsageError(
            "`--web` and `--serve` are two forms of the demo", hint="give one of them"
        )
    if web:
        from imagelock.demo.web.session import run_web_demo  # only this needs it

        run_web_demo(session.style, folder, keep=keep)
        raise typer.Exit(0)
    from imagelock.demo.session import run_demo  # only the demo needs it

    is_as_expected = run_demo(session.style, folder, keep=keep, stay=serve)
    raise typer.Exit(0 if is_as_expected else 1)
