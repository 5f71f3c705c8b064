"""Read lockfiles that are on disk, and in no git repository."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.errors import UnreadableFileError
from imagelock.fleet.repositories.repository import (
    FoundLockfile,
    RepositoryReading,
    as_text,
)
from imagelock.lockfile.model import LOCKFILE
from imagelock.text_file import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.fleet.repositories.repository import RepositoryTask


def read_plain_folder(task: RepositoryTask, folder: Path) -> RepositoryReading:
    """Return the lockfiles in and below *folder*, hidden folders and links left out."""
    found = tuple(
        _read(task, path, as_text(path.relative_to(folder).as_posix()))
        for path in _lockfiles(folder)
    )
    if not found:
        reason = "there is neither a git repository nor a lockfile"
        return RepositoryReading(task=task, reason=reason)
    return RepositoryReading(task=task, lockfiles=found)


def read_lockfile(task: RepositoryTask, path: Path) -> RepositoryReading:
    """Return the lockfile *path* as that of a repository."""
    found = _read(task, path, str(LOCKFILE))
    if found.reason:
        return RepositoryReading(task=task, reason=found.reason)
    return RepositoryReading(task=task, lockfiles=(found,))


def _lockfiles(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if LOCKFILE.name in files:
            yield Path(parent, LOCKFILE.name)


def _read(task: RepositoryTask, path: Path, name: str) -> FoundLockfile:
    if path.is_symlink():
        return FoundLockfile(name, _blob(name.encode()), reason="it is a link")
    try:
        data = read_bytes(path, "the lockfile", UnreadableFileError)
    except UnreadableFileError as error:
        return FoundLockfile(name, _blob(name.encode()), reason=str(error))
    blob = _blob(data)
    return FoundLockfile(name, blob, None if task.blobs.get(name) == blob else data)


def _blob(data: bytes) -> str:
    """Return the id that git gives to a blob (gitformat-loose(5))."""
    head = f"blob {len(data)}\0".encode()
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
