"""The command line: options in, one verb, one report, an exit code out."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from imagelock.cli.arguments import globals_apart
from imagelock.errors import ImagelockError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run imagelock and exit; the one place where errors become text."""
    # No plug-in of pydantic has a say here, and looking for one reads the
    # metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Reading makes many small objects at once, and hardly any of it is garbage.
    gc.set_threshold(200_000, 20, 100)
    from imagelock.cli.app import application  # noqa: PLC0415 - after what it needs
    from imagelock.report.style import printable  # noqa: PLC0415

    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        moved, rest = globals_apart(given)
        application(_wanted(rest))([*moved, *rest], prog_name="imagelock")
    except ImagelockError as error:
        lines = error.explain().split("\n")
        sys.stderr.write("".join(f"{printable(line)}\n" for line in lines))
        raise SystemExit(error.exit_code) from None
    except SystemExit as error:
        if error.code == INTERRUPTED:
            sys.stderr.write("interrupted: nothing was written\n")
        raise


def _wanted(rest: Sequence[str]) -> Iterable[str]:
    """Return the one command that *rest* names, or all if that is not clear."""
    from imagelock.cli.app import COMMANDS  # noqa: PLC0415 - after what it needs

    is_completion = any(name.startswith("_IMAGELOCK_") for name in os.environ)
    is_clear = bool(rest) and rest[0] in COMMANDS and not is_completion
    return rest[:1] if is_clear else COMMANDS


def run() -> None:
    """Run imagelock as a program.

    An interruption ends the process at once: threads that wait for a registry
    would keep it alive until their time is up.
    """
    try:
        main()
    except SystemExit as error:
        # Nothing that is left is worth a last search for garbage.
        gc.freeze()
        if error.code == INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise
