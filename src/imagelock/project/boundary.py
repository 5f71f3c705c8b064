"""The border of a project: links in it do not lead imagelock out of it.

A pull request can commit a link to any file of the machine that checks it. Its content
would end up in messages, or the file would be overwritten.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

from imagelock.errors import UnreadableFileError, reason
from imagelock.light_typing import Final
from imagelock.text_file import leads_out, read_bytes

_ABSENT: Final = {
    *(errno.ENOENT, errno.ENOTDIR, errno.ELOOP),
    *(errno.ENAMETOOLONG, errno.EINVAL),  # no file can have such a name
}


class NoFileError(UnreadableFileError):
    """There is nothing to read: no file, or a link to nothing."""


def is_absent(error: OSError) -> bool:
    """Return whether *error* says that there is no file, not that it is unreadable."""
    return error.errno in _ABSENT


def check_inside(root: Path, path: PurePosixPath) -> None:
    """Check that the file at *path* below *root* is in the project, links followed.

    A path that begins with `..` comes from the user, who may name any file.

    Raises:
        UnreadableFileError: *path* is, or is behind, a link out of the project.
    """
    if path.parts[:1] != ("..",) and leads_out(root, root / path):
        raise UnreadableFileError(
            "is a link out of the project",
            hint="exclude it, or replace it with the file itself",
        )


def status_inside(root: Path, path: PurePosixPath) -> os.stat_result:
    """Return the status of the file at *path* below *root*, links followed.

    Raises:
        NoFileError: there is none. Git tracks links to nothing, and in circles, well.
        UnreadableFileError: it is out of the project, or cannot be looked at.
    """
    full = os.path.join(root, path)
    try:
        status = os.stat(full)
    except OSError as error:
        if not is_absent(error):
            check_inside(root, path)
            raise UnreadableFileError(f"cannot be read: {reason(error)}") from error
        is_link = os.path.islink(full)
        message = "is a link to nothing" if is_link else "does not exist"
        raise NoFileError(message) from error
    check_inside(root, path)
    return status


def read_inside(root: Path, path: PurePosixPath, *, allow_pipe: bool = False) -> bytes:
    """Return the content of the file at *path* below *root*.

    With *allow_pipe* it may be a pipe, which the user named.

    Raises:
        UnreadableFileError: it is out of the project, or cannot be read.
    """
    check_named(root, path)
    return read_bytes(
        root / path, f"`{path}`", UnreadableFileError, allow_pipe=allow_pipe
    )


def write_inside(root: Path, path: PurePosixPath, data: bytes) -> bool:
    """Replace the content of the file at *path* below *root*, completely or not at all.

    Returns whether it changed.

    Raises:
        UnreadableFileError: it is out of the project.
        OSError: it cannot be written; the old content is unchanged.
    """
    # Few commands write.
    from imagelock.project.atomic_write import write_atomically

    check_named(root, path)
    return write_atomically(root / path, data)


def path_from(root: Path, path: Path) -> PurePosixPath:
    """Return *path*, which is relative to the current folder, from *root*.

    It begins with `..` if it is not below *root*.
    """
    try:
        return PurePosixPath(os.path.relpath(path, root))
    except ValueError:  # on Windows, on another drive
        return PurePosixPath("..", path)


def check_named(root: Path, path: PurePosixPath) -> None:
    """Check that *path* is in the project, with its name in the message.

    Raises:
        UnreadableFileError: *path* is, or is behind, a link out of the project.
    """
    try:
        check_inside(root, path)
    except UnreadableFileError as error:
        raise UnreadableFileError(f"`{path}` {error}", hint=error.hint) from None
