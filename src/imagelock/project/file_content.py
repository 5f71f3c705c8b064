"""Read the bytes of files of a project."""

from __future__ import annotations

import os
import stat

from imagelock.dataclass import dataclass
from imagelock.errors import UnreadableFileError, reason
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.project.boundary import status_inside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

LARGEST_FILE: Final = 16 * 1024 * 1024
"""In bytes. The largest manifests that people write have a tenth of this."""

_HEAD: Final = 64 * 1024
"""Bytes of a larger file that are read, to find out whether a source reads it."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file; with `is_whole`, all of them.

    `status` is that of the file before it was read; `None` if it is not on disk.
    """

    data: bytes
    is_whole: bool
    status: os.stat_result | None


def read_content(
    root: Path, path: PurePosixPath, edited: Mapping[PurePosixPath, bytes]
) -> FileContent:
    """Return the content of the file at *path* below *root*, of a large one the head.

    *edited* is the new content of files, which takes precedence over the disk.

    Raises:
        UnreadableFileError: there is none, or it cannot be read.
    """
    if (data := edited.get(path)) is not None:
        return FileContent(data, is_whole=True, status=None)
    status = status_inside(root, path)
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
        raise UnreadableFileError(f"is {kind}")
    whole = status.st_size <= LARGEST_FILE
    try:
        with open(os.path.join(root, path), "rb") as file:
            data = file.read(LARGEST_FILE + 1 if whole else _HEAD)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {reason(error)}") from error
    return FileContent(data, whole, status)
