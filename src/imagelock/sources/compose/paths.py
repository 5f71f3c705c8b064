"""Paths inside of the project, as Compose files write them."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import Final

_REMOTE: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://|git@|github\.com/|.*\.git(?:#|$)"
)


def below(directory: PurePosixPath, path: str) -> PurePosixPath | None:
    """Return *path*, which counts from *directory*, from the root of the project.

    Return `None` if it is outside of the project or no path at all, such as the
    address of a Git repository.
    """
    if not path or not path.isprintable() or _REMOTE.match(path):
        return None
    joined = posixpath.normpath(posixpath.join(directory, path))
    if joined.startswith(("/", "~")) or joined.split("/", 1)[0] == "..":
        return None
    return PurePosixPath(joined)
