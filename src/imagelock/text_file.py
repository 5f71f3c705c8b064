"""Read text files, and explain why they cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.errors import reason

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.errors import ImagelockError


def read_bytes(path: Path, subject: str, error_type: type[ImagelockError]) -> bytes:
    """Return the content of the file at *path*.

    *subject* names the file in messages: "`compose.yaml`", "the lockfile".

    Raises:
        ImagelockError: an *error_type*; the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{subject} cannot be read: {reason(error)}"
        raise error_type(message) from error


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
