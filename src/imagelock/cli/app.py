"""The program, its commands and its global options.

Every run imports every command, so a command imports what only it needs when it
runs: `verify --offline` is in the way of each commit.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from imagelock import __version__
from imagelock.cli.demo import demo
from imagelock.cli.diff import diff
from imagelock.cli.doctor import doctor
from imagelock.cli.list_images import list_images
from imagelock.cli.lock import lock
from imagelock.cli.session import ColorChoice, Session
from imagelock.cli.update import update
from imagelock.cli.verify import verify

app = typer.Typer(
    name="imagelock",
    help="A lockfile for container images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer's form of a callback
    if asked:
        sys.stdout.write(f"imagelock {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    *,
    quiet: Annotated[
        bool,
        typer.Option(
            "-q", "--quiet", envvar="IMAGELOCK_QUIET", help="Print errors only."
        ),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v",
            "--verbose",
            count=True,
            envvar="IMAGELOCK_VERBOSE",
            help="Show notes, and what is no image to lock.",
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


app.command()(lock)
app.command()(verify)
app.command()(update)
app.command(name="list")(list_images)
app.command()(diff)
app.command()(doctor)
app.command()(demo)
