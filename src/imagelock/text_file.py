"""Read text files, and explain why they cannot be read."""

from __future__ import annotations

import os
from functools import cache

from imagelock.errors import reason
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.errors import ImagelockError

LARGEST_FILE: Final = 64 * 1024 * 1024
"""In bytes. A lockfile of 10,000 images is a tenth of this."""

_NO_NAMES: Final = frozenset({"", os.curdir, os.pardir})


def read_bytes(
    path: Path,
    subject: str,
    error_type: type[ImagelockError],
    *,
    allow_pipe: bool = False,
) -> bytes:
    """Return the content of the file at *path*.

    *subject* names the file in messages: "`compose.yaml`", "the lockfile". A device
    is never read, and a pipe only with *allow_pipe*: for a file that the user named.

    Raises:
        ImagelockError: an *error_type*; the file cannot be read.
    """
    try:
        # A device has no end, and a pipe may never begin.
        is_special = path.exists() and not path.is_file() and not path.is_dir()
        if is_special and not (allow_pipe and path.is_fifo()):
            raise error_type(f"{subject} cannot be read: it is not a file")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        message = f"{subject} cannot be read: {reason(error)}"
        raise error_type(message) from error
    if len(data) > LARGEST_FILE:
        limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
        raise error_type(f"{subject} cannot be read: it is larger than {limit}")
    return data


def leads_out(root: Path, path: Path) -> bool:
    """Return whether *path*, a path below *root*, is or is behind a link out of *root*.

    Whether there is a file at the end does not matter.
    """
    full, border = _absolute(path), _real(_absolute(root))
    is_link = os.path.islink(full)
    target = os.path.realpath(full) if is_link else _real(os.path.dirname(full))
    return target != border and not target.startswith(border.rstrip(os.sep) + os.sep)


def _absolute(path: Path) -> str:
    # Text, and not normalised: `..` behind a link is not the folder around the link.
    return os.path.join(os.getcwd(), path)


def forget_links() -> None:
    """Forget where links led: a program that runs for long asks again."""
    _real.cache_clear()


@cache
def _real(folder: str) -> str:
    """Return *folder*, an absolute path, without links; each folder is asked once."""
    parent, name = os.path.split(folder)
    if name in _NO_NAMES or os.path.islink(folder):
        return os.path.realpath(folder)
    return os.path.join(_real(parent), name)


def decode_utf8(data: bytes, subject: str, error_type: type[ImagelockError]) -> str:
    """Return *data* as text.

    Raises:
        ImagelockError: an *error_type*; the bytes are not UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{subject} is not UTF-8: byte {error.start} cannot be decoded"
        raise error_type(message) from error


def read_text(path: Path, subject: str, error_type: type[ImagelockError]) -> str:
    """Return the content of the file at *path*, which is UTF-8; line ends stay.

    Raises:
        ImagelockError: an *error_type*; the file cannot be read, or is not UTF-8.
    """
    return decode_utf8(read_bytes(path, subject, error_type), subject, error_type)
