"""Standard output and error of this process, whatever they are connected to."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper


def open_streams() -> None:
    """Make sure that both streams are there and take every character.

    A shell can close them (`>&-`); then Python has `None` for them. Where the
    locale cannot express a character, its escape is written.
    """
    if sys.stdout is None:
        sys.stdout = _nothing()
    if sys.stderr is None:
        sys.stderr = _nothing()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_stdout() -> None:
    """Let nobody try once more to write what stdout did not take.

    Python flushes it at its end, and would end with a traceback and code 120.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _nothing() -> TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - to the end
