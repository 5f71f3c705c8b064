"""The program, its commands and its global options.

`verify --offline` runs on every commit. So a run loads the command that it was asked
for and no other, and a command imports its rarely used parts when it runs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.session import ColorChoice, Session
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMANDS: Final = (
    "lock",
    "verify",
    "update",
    "outdated",
    "list",
    "diff",
    "pin",
    "unpin",
    "render",
    "export",
    "import",
    "init",
    "merge-driver",
    "doctor",
    "demo",
)
"""The commands in the order in which the help lists them.

A command such as `merge-driver` is the function `merge_driver_command` in the module
`merge_driver` of this package.
"""
_MODULES: Final = {"import": "import_", "unpin": "pin"}
"""The modules that have another name than their command."""


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
        name = command.replace("-", "_")
        module = import_module(f"imagelock.cli.{_MODULES.get(name, name)}")
        app.command(name=command)(getattr(module, f"{name}_command"))
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
            help="Show notes and skipped references; `-vv` also logs requests.",
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

    `images.lock` records the digest that each image reference of a project resolves to.
    """
    del version  # its callback has ended the run
    context.obj = Session(
        quiet=quiet, verbose=verbose, color=color, folder=project, config_file=config
    )
