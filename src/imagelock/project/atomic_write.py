"""Write files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

_NEW_FILE = 0o666


def write_atomically(path: Path, data: bytes) -> bool:
    """Replace the content of *path* by *data*, at once or not at all.

    Nothing is touched if it holds *data* already. A symbolic link stays one, and
    the mode of the file is kept. A device or pipe (`/dev/stdout`) has no content
    to replace: *data* is written to it. Returns whether the file changed.

    Raises:
        OSError: the folder cannot be written, or the disk is full; the old file
            is whole and no other is left behind.
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
    """Return the umask, which can only be read by setting it."""
    current = os.umask(0)
    os.umask(current)
    return current
