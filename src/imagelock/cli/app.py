"""The Typer application: commands and global options.

`verify --offline` runs on every commit, so a run loads only the command that is
needed, and commands import rarely used modules when they run.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import typer

from imagelock.cli.colors import ColorChoice
from imagelock.cli.command_help import ALL_COMMANDS, SUBCOMMANDS
from imagelock.cli.help_pages import PlainCommand, PlainGroup, PlainProgram
from imagelock.cli.session import Session
from imagelock.errors import UsageError
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_USAGE_ERRORS: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""The class of all errors in arguments, which has no public name."""
_MODULES: Final = {"import": "import_", "unpin": "pin"}
"""Modules whose name differs from their command.

The command `merge-driver` is the function `merge_driver_command` of the module
`merge_driver` in this package, and `fleet collect` is `collect_command` of the module
`fleet.collect`.
"""


def application(commands: Iterable[str] = ALL_COMMANDS) -> typer.Typer:
    """Return the application with *commands*, all of them by default.

    A command that has commands, such as `fleet`, only has those in *commands*.
    """
    app = _group(PlainProgram, context_settings={"help_option_names": ["-h", "--help"]})
    app.callback()(options)
    groups: dict[str, typer.Typer] = {}
    for command in commands:
        name, _, sub = command.partition(" ")
        if name in SUBCOMMANDS and name not in groups:
            module = import_module(f"imagelock.cli.{name}")
            groups[name] = _group(PlainGroup, help=module.__doc__)
            app.add_typer(groups[name], name=name)
        if sub:
            _add(groups[name], sub, f"{name}.")
        elif name not in groups:
            _add(app, name)
    return app


def _group(
    cls: type[PlainGroup],
    *,
    help: str | None = None,  # noqa: A002 - the name of Typer
    context_settings: dict[str, Any] | None = None,
) -> typer.Typer:
    return typer.Typer(
        name="imagelock",
        cls=cls,
        help=help,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=context_settings,
    )


def _add(app: typer.Typer, command: str, package: str = "") -> None:
    """Add *command*, whose module is in *package* below this one."""
    name = command.replace("-", "_")
    module = import_module(f"imagelock.cli.{package}{_MODULES.get(name, name)}")
    app.command(name=command, cls=PlainCommand)(getattr(module, f"{name}_command"))


def run_app(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run *app* and return the exit code.

    Raises:
        UsageError: the arguments are not valid.
    """
    try:
        code = app(arguments, prog_name="imagelock", standalone_mode=False)
    except _USAGE_ERRORS as error:
        if error.__class__.__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error}\n")
            return UsageError.exit_code
        from imagelock.cli.usage_errors import explained  # for mistakes only

        raise explained(error) from None
    except typer.Abort:
        sys.stderr.write("aborted\n")
        return 1
    return code if isinstance(code, int) else 0


def _print_version(requested: bool) -> None:  # noqa: FBT001 - signature of Typer
    if requested:
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
            help="Only print errors.",
        ),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v",
            "--verbose",
            count=True,
            envvar="IMAGELOCK_VERBOSE",
            help="Show notes and skipped references; `-vv` also logs HTTP requests.",
        ),
    ] = 0,
    color: Annotated[
        ColorChoice,
        typer.Option(
            metavar="WHEN[auto|always|never]",
            envvar="IMAGELOCK_COLOR",
            help="Control the use of color in output.",
        ),
    ] = ColorChoice.AUTO,
    project: Annotated[
        Path,
        typer.Option(
            envvar="IMAGELOCK_PROJECT",
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Run as if started in this directory.",
        ),
    ] = Path(),
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="IMAGELOCK_CONFIG",
            help="Use this configuration file instead of the project's.",
        ),
    ] = None,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache",
            envvar="IMAGELOCK_NO_CACHE",
            help="Read every file, whatever earlier runs found in it.",
        ),
    ] = False,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            envvar="IMAGELOCK_OFFLINE",
            help="Use no network: `verify` compares files with the lockfile, and"
            " `lock` fails if an image is new.",
        ),
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "-V",
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """A lockfile for container images.

    `images.lock` records the digest that each image reference of a project resolves to.
    """
    del version  # handled by its callback
    context.obj = Session(
        quiet=quiet,
        verbose=verbose,
        color=color,
        folder=project,
        config_file=config,
        no_cache=no_cache,
        offline=offline,
    )
