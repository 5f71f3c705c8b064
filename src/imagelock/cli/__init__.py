"""The command line: parse options, run a command, print the result, exit."""

from __future__ import annotations

# An interruption during an import of this module would be a traceback: what takes
# longer to load is loaded below, once signals are handled.
import atexit
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

    from imagelock.errors import ImagelockError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run imagelock and exit with `SystemExit`, after printing any error."""
    from imagelock.cli.streams import prepare_streams

    # Parsing allocates many small objects, and hardly any of them are garbage.
    gc.set_threshold(200_000, 20, 100)
    prepare_streams()
    _explain_errors(sys.argv[1:] if arguments is None else arguments)


def _explain_errors(arguments: Sequence[str]) -> None:
    """Run the command in *arguments*; its errors go to stderr, and it exits."""
    from imagelock.cli.signals import INTERRUPTED, SENTENCE
    from imagelock.cli.streams import discard_stdout
    from imagelock.errors import ImagelockError

    try:
        try:
            _start(arguments)
        finally:
            sys.stdout.flush()
    except ImagelockError as error:
        _print_error(error, arguments)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        # The reader closed the pipe, as in `imagelock list | head`.
        discard_stdout()
        raise SystemExit(1) from None
    except OSError as error:
        _print_error(_output_error(error), arguments)
        discard_stdout()
        raise SystemExit(ImagelockError.exit_code) from None
    except SystemExit as error:
        if error.code == INTERRUPTED:
            sys.stderr.write(f"{SENTENCE}\n")
        raise


def _print_error(error: ImagelockError, arguments: Sequence[str]) -> None:
    from imagelock.cli.colors import chosen_color, style_of
    from imagelock.report.errors import format_error

    style = style_of(sys.stderr, chosen_color(arguments, os.environ))
    sys.stderr.write(format_error(error, style))


def _output_error(error: OSError) -> ImagelockError:
    """Return what failed with *error*.

    Errors of files are handled where they occur: this is stdout, on a full disk, or
    else a folder on the way to a file that may not be searched.
    """
    from imagelock.errors import ImagelockError, reason

    name = error.filename
    use = f"use `{os.fsdecode(name)}`" if name else "write output"
    return ImagelockError(f"cannot {use}: {reason(error)}")


def _start(arguments: Sequence[str]) -> None:
    from imagelock.cli.fast_path import recognized_run
    from imagelock.cli.signals import raise_interruptions

    run_recognized = recognized_run(arguments, os.environ)
    if run_recognized is None:
        _start_typer(arguments)
    else:
        raise_interruptions()
        raise SystemExit(run_recognized())


def _start_typer(arguments: Sequence[str]) -> None:
    # Looking for plug-ins of pydantic reads the metadata of all installed packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from imagelock.cli.app import application, run_app
    from imagelock.cli.global_options import split_global_options
    from imagelock.cli.signals import raise_interruptions

    global_options, command_line = split_global_options(arguments)
    if command_line[:1] == ["help"]:
        command_line = [*command_line[1:], "--help"]
    app = application(_needed_commands(command_line))
    raise_interruptions()
    raise SystemExit(run_app(app, [*global_options, *command_line]))


def _needed_commands(command_line: Sequence[str]) -> Iterable[str]:
    """Return the command that *command_line* starts with, or all commands.

    For a command that has commands, they are all of its own unless it names one.
    """
    from imagelock.cli.command_help import ALL_COMMANDS, SUBCOMMANDS

    is_completion = any(name.startswith("_IMAGELOCK_") for name in os.environ)
    if not command_line or command_line[0] not in ALL_COMMANDS or is_completion:
        return ALL_COMMANDS
    name = command_line[0]
    own = [f"{name} {each}" for each in SUBCOMMANDS.get(name, ())]
    named = " ".join(command_line[:2])
    return [named] if named in own else own or [name]


def run() -> None:
    """Run imagelock as a program.

    An interrupt ends the process at once: threads that wait for a registry would
    keep it alive until they time out.
    """
    try:
        from imagelock.cli import signals
    except KeyboardInterrupt:
        os.write(2, b"interrupted\n")
        os._exit(130)
    try:
        signals.handle()
        main()
    except KeyboardInterrupt:
        signals.end()
    except SystemExit as error:
        signals.end_at_once()
        if error.code == signals.INTERRUPTED:
            _exit_now(signals.exit_code())
        if isinstance(error.code, int | None) and sys.getprofile() is None:
            _exit_now(error.code or 0)
        raise
    except BaseException:
        # Python and libraries turn an interruption into other errors here and there,
        # as in `__set_name__` while a module is imported.
        if signals.is_interrupted():
            signals.end()
        raise


def _exit_now(code: int) -> NoReturn:
    """End the process with *code*, as `sys.exit` does in the end.

    Before that, Python would free whatever the run has loaded and made, one by one, and
    wait for threads that have nothing to do.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 - tools that watch the run rely on them
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
