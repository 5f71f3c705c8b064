"""Write files atomically: no reader ever sees half of a file."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from pathlib import Path

from imagelock.file_lock import try_lock
from imagelock.light_typing import Final

_NEW_FILE: Final = 0o666
_PREFIX: Final = ".imagelock-"
_SUFFIX: Final = ".tmp"
_TEMPORARY: Final = re.escape(_PREFIX) + r"[a-z0-9_]{8}" + re.escape(_SUFFIX)
_NEW: Final = 10.0
"""In seconds. A temporary file that is newer may not be locked yet."""


def is_temporary(name: str) -> bool:
    """Return whether *name* is that of a temporary file of `write_atomically`."""
    return name.startswith(_PREFIX) and bool(re.fullmatch(_TEMPORARY, name))


def write_atomically(path: Path, data: bytes) -> bool:
    """Replace the content of the file at *path* with *data*, completely or not at all.

    A file that already holds *data* is not touched. A symbolic link stays a link,
    and the file keeps its mode. A device or pipe (`/dev/stdout`) has no content to
    replace: *data* is written to it. Temporary files that killed processes left in
    the folder are deleted. Returns whether the file changed.

    Raises:
        OSError: the folder cannot be written, or the disk is full; the old file is
            unchanged and no temporary file remains.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
        return True
    path = Path(os.path.realpath(path))
    try:
        if path.read_bytes() == data:
            return False
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        mode = _NEW_FILE & ~_umask()
    _replace(path, data, mode)
    return True


def _replace(path: Path, data: bytes, mode: int) -> None:
    _delete_leftovers(path.parent)
    import tempfile  # most runs write nothing

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=_SUFFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            with contextlib.suppress(OSError):
                try_lock(handle)  # until it is complete, nobody takes it for a leftover
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _delete_leftovers(folder: Path) -> None:
    """Delete the temporary files in *folder* that no process has open any more."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                with contextlib.suppress(OSError):
                    _delete_if_abandoned(entry)


def _delete_if_abandoned(entry: os.DirEntry[str]) -> None:
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode) or time.time() - status.st_mtime < _NEW:
        return
    descriptor = os.open(entry, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        is_abandoned = try_lock(descriptor)
    finally:
        os.close(descriptor)
    if is_abandoned:
        os.unlink(entry)


def _umask() -> int:
    # It can only be read by setting it.
    current = os.umask(0)
    os.umask(current)
    return current
