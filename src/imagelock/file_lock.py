"""Advisory locks on open files, which the system releases when a process ends."""

from __future__ import annotations

import errno
import os
import sys

from imagelock.light_typing import Final

_TAKEN: Final = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


def try_lock(descriptor: int) -> bool:
    """Lock the open file without waiting; return whether nobody else has it locked.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True
