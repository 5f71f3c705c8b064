"""One run at a time writes in a project, so that two do not undo each other's work."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.errors import UsageError
from imagelock.file_lock import try_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LONGEST_WAIT: Final = 300.0
"""In seconds; as long as a run may ask registries by default."""
_QUIET_WAIT: Final = 1.0
_PAUSE: Final = 0.05


@contextmanager
def exclusive_run(
    root: Path, notice: Callable[[str], None], *, writes: bool = True
) -> Iterator[None]:
    """Wait until no other run writes in the project at *root*, and keep others waiting.

    Whoever plans a change enters before reading anything that the change is based on.
    The system ends it when the process ends, however it does. *notice* gets a sentence
    if it takes long, or if the file system has no locks: then nobody waits. Without
    *writes* nothing is locked.

    Raises:
        UsageError: another run takes longer than `LONGEST_WAIT`.
    """
    descriptor = _open(root, notice) if writes else None
    try:
        if descriptor is not None:
            _wait(descriptor, notice)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open(root: Path, notice: Callable[[str], None]) -> int | None:
    """Return a descriptor to lock, or `None` if there is none."""
    try:
        if sys.platform == "win32":
            descriptor = open_lock_file(root)
        else:
            # The folder itself: nothing is created, and it may be read-only.
            descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        notice(_NO_LOCKS)
        return None
    return descriptor


_NO_LOCKS: Final = (
    "note: this folder cannot be locked; run only one imagelock that writes at a time\n"
)


def open_lock_file(root: Path) -> int:
    """Open a file for *root* among the user's temporary files, as on Windows."""
    import tempfile
    from hashlib import sha256

    name = sha256(os.path.normcase(os.path.realpath(root)).encode()).hexdigest()
    path = os.path.join(tempfile.gettempdir(), f"imagelock-{name[:32]}.lock")
    return os.open(path, os.O_RDWR | os.O_CREAT)


def _wait(descriptor: int, notice: Callable[[str], None]) -> None:
    began = time.monotonic()
    is_announced = False
    try:
        while not try_lock(descriptor):
            waited = time.monotonic() - began
            if waited > LONGEST_WAIT:
                raise UsageError(
                    "another imagelock has been writing in this project for"
                    f" {LONGEST_WAIT:.0f} seconds",
                    hint="wait until it ends, or end it",
                )
            if waited > _QUIET_WAIT and not is_announced:
                notice("waiting for another imagelock that writes in this project\n")
                is_announced = True
            time.sleep(_PAUSE)
    except OSError:
        notice(_NO_LOCKS)
