"""Standard output and error of this process, whatever they are connected to."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper


def prepare_streams() -> None:
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


def discard_stdout() -> None:
    """Detach stdout, so that shutdown does not flush it again.

    Python would then end with a traceback and exit code 120.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _null_stream() -> TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")
