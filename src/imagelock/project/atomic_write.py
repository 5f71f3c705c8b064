"""Write files atomically: no reader ever sees half of a file."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

_NEW_FILE = 0o666


def write_atomically(path: Path, data: bytes) -> bool:
    """Replace the content of the file at *path* with *data*, completely or not at all.

    A file that already holds *data* is not touched. A symbolic link stays a link,
    and the file keeps its mode. A device or pipe (`/dev/stdout`) has no content to
    replace: *data* is written to it. Returns whether the file changed.

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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return True


def _umask() -> int:
    # It can only be read by setting it.
    current = os.umask(0)
    os.umask(current)
    return current
