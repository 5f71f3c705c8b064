"""The command line: parse options, call a command, print a report, exit."""

from __future__ import annotations

# An interruption during an import of this module would be a traceback: what takes
# longer to load is loaded below, once signals are handled.
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run imagelock and exit; the one place where errors become text."""
    from imagelock.cli.streams import open_streams

    # No plug-in of pydantic has a say here, and looking for one reads the
    # metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Reading makes many small objects at once, and hardly any of it is garbage.
    gc.set_threshold(200_000, 20, 100)
    open_streams()
    _explain_errors(sys.argv[1:] if arguments is None else arguments)


def _explain_errors(given: Sequence[str]) -> None:
    """Run the command that *given* names; its errors go to stderr, and it exits."""
    from imagelock.cli.signals import INTERRUPTED, SENTENCE
    from imagelock.cli.streams import abandon_stdout
    from imagelock.errors import ImagelockError, reason

    try:
        try:
            _start(given)
        finally:
            sys.stdout.flush()
    except ImagelockError as error:
        _complain(error.explain())
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        # The reader has closed the pipe: `imagelock list | head`.
        abandon_stdout()
        raise SystemExit(1) from None
    except OSError as error:
        # Errors of files name the file; this is stdout, such as on a full disk.
        _complain(f"error: cannot write output: {reason(error)}")
        abandon_stdout()
        raise SystemExit(ImagelockError.exit_code) from None
    except SystemExit as error:
        if error.code == INTERRUPTED:
            _complain(SENTENCE)
        raise


def _start(given: Sequence[str]) -> None:
    """Run the command that *given* names; it ends with `SystemExit`."""
    from imagelock.cli.app import application
    from imagelock.cli.global_options import globals_apart
    from imagelock.cli.signals import raise_interruptions

    moved, rest = globals_apart(given)
    program = application(_wanted(rest))
    raise_interruptions()
    program([*moved, *rest], prog_name="imagelock")


def _complain(text: str) -> None:
    from imagelock.report.style import printable

    sys.stderr.write("".join(f"{printable(line)}\n" for line in text.split("\n")))


def _wanted(rest: Sequence[str]) -> Iterable[str]:
    """Return the one command that *rest* names, or all if that is not clear."""
    from imagelock.cli.app import COMMANDS

    is_completion = any(name.startswith("_IMAGELOCK_") for name in os.environ)
    is_clear = bool(rest) and rest[0] in COMMANDS and not is_completion
    return rest[:1] if is_clear else COMMANDS


def run() -> None:
    """Run imagelock as a program.

    An interruption ends the process at once: threads that wait for a registry
    would keep it alive until their time is up.
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
        # The process ends: a last garbage collection would only take time.
        gc.freeze()
        if error.code == signals.INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(signals.exit_code())
        raise
