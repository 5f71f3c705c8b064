"""Read the lines of a file that a user names, or of standard input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.errors import UnreadableFileError
from imagelock.text_file import decode_utf8, read_bytes

if TYPE_CHECKING:
    from typing import TextIO


def read_lines(name: str, stdin: TextIO) -> list[str]:
    """Return the lines of the file *name*, or of *stdin* if that is `-`.

    Empty lines, and those that begin with `#`, are left out.

    Raises:
        UnreadableFileError: the file cannot be read.
    """
    lines = [line.strip() for line in _text(name, stdin).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _text(name: str, stdin: TextIO) -> str:
    if name == "-":
        return stdin.read()
    data = read_bytes(Path(name), f"`{name}`", UnreadableFileError, allow_pipe=True)
    return decode_utf8(data, f"`{name}`", UnreadableFileError)
