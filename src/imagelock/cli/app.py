"""The program, its commands and its global options.

`verify --offline` is in the way of each commit. So a run loads the command that
it was asked for and no other, and a command imports what only it needs when it
runs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock import __version__
from imagelock.cli.session import ColorChoice, Session

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMANDS: Final = {
    "lock": "lock",
    "verify": "verify",
    "update": "update",
    "outdated": "outdated",
    "list": "list_images",
    "diff": "diff",
    "pin": "pin",
    "unpin": "unpin",
    "render": "render",
    "export": "export",
    "import": "import_digests",
    "init": "init",
    "merge-driver": "merge_driver",
    "doctor": "doctor",
    "demo": "demo",
}
"""Each command, and the name of its function and of its module in this package."""


def application(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the program with the named *commands*, all of them by default."""
    app = typer.Typer(
        name="imagelock",
        help="A lockfile for container images.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for command in commands:
        name = COMMANDS[command]
        module = import_module(f"imagelock.cli.{name}")
        app.command(name=command)(getattr(module, name))
    return app


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer's form of a callback
    if asked:
        sys.stdout.write(f"imagelock {__version__}\n")
        raise typer.Exit


def options(
    context: typer.Context,
    *,
    quiet: Annotated[
        bool,
        typer.Option(
            "-q",
            "--quiet",
            envvar="IMAGELOCK_QUIET",
            help="Print only why a run fails.",
        ),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v",
            "--verbose",
            count=True,
            envvar="IMAGELOCK_VERBOSE",
            help="Show notes, and what is no image to lock; twice, each request too.",
        ),
    ] = 0,
    color: Annotated[
        ColorChoice,
        typer.Option(envvar="IMAGELOCK_COLOR", help="When to use colors."),
    ] = ColorChoice.AUTO,
    project: Annotated[
        Path,
        typer.Option(
            envvar="IMAGELOCK_PROJECT",
            exists=True,
            file_okay=False,
            help="A folder of the project, instead of the current one.",
        ),
    ] = Path(),
    config: Annotated[
        Path | None,
        typer.Option(
            envvar="IMAGELOCK_CONFIG",
            help="Settings to use instead of the project's own.",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Lock every image reference of a project to a digest.

    `images.lock` records what each image reference of a project stands for.
    """
    del version  # its callback has ended the run
    context.obj = Session(
        quiet=quiet, verbose=verbose, color=color, folder=project, config_file=config
    )
