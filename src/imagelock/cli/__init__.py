"""The command line: parse options, run a command, print the result, exit."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from imagelock.errors import ImagelockError, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run imagelock and exit with `SystemExit`, after printing any error."""
    # Looking for plug-ins of pydantic reads the metadata of all installed packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Parsing allocates many small objects, and hardly any of them are garbage.
    gc.set_threshold(200_000, 20, 100)
    _prepare_streams()
    try:
        try:
            _start(sys.argv[1:] if arguments is None else arguments)
        finally:
            sys.stdout.flush()
    except ImagelockError as error:
        _print_error(error.explain())
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        # The reader closed the pipe, as in `imagelock list | head`.
        _discard_stdout()
        raise SystemExit(1) from None
    except OSError as error:
        # Errors of files are handled where they occur: this is stdout, on a full disk.
        _print_error(f"error: cannot write output: {reason(error)}")
        _discard_stdout()
        raise SystemExit(ImagelockError.exit_code) from None
    except SystemExit as error:
        if error.code == INTERRUPTED:
            _print_error("interrupted: no file is partially written")
        raise


def _start(arguments: Sequence[str]) -> None:
    # After the settings and the streams that these modules need.
    from imagelock.cli.app import application, split_global_options

    global_options, command_line = split_global_options(arguments)
    app = application(_needed_commands(command_line))
    app([*global_options, *command_line], prog_name="imagelock")


def _print_error(text: str) -> None:
    from imagelock.report.style import printable  # few runs need it

    sys.stderr.write("".join(f"{printable(line)}\n" for line in text.split("\n")))


def _needed_commands(command_line: Sequence[str]) -> Iterable[str]:
    """Return the command that *command_line* starts with, or all commands."""
    from imagelock.cli.app import COMMANDS  # as in `_start`

    is_completion = any(name.startswith("_IMAGELOCK_") for name in os.environ)
    is_clear = bool(command_line) and command_line[0] in COMMANDS and not is_completion
    return command_line[:1] if is_clear else COMMANDS


def _prepare_streams() -> None:
    """Make sure that stdout and stderr are open and accept every character.

    A shell can close them (`>&-`); Python then sets them to `None`. A character
    that the locale cannot encode is escaped.
    """
    if sys.stdout is None:
        sys.stdout = _null_stream()
    if sys.stderr is None:
        sys.stderr = _null_stream()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _discard_stdout() -> None:
    """Detach stdout, so that shutdown does not flush it again.

    Python would then end with a traceback and exit code 120.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _null_stream() -> TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - never closed


def run() -> None:
    """Run imagelock as a program.

    An interrupt ends the process at once: threads that wait for a registry would
    keep it alive until they time out.
    """
    try:
        main()
    except SystemExit as error:
        # The process ends: a final garbage collection would only take time.
        gc.freeze()
        if error.code == INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise
