"""Read a repository, wherever it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.errors import reason
from imagelock.fleet.repositories.folders import git_dir
from imagelock.fleet.repositories.git import read_git_repository
from imagelock.fleet.repositories.plain_folder import read_lockfile, read_plain_folder
from imagelock.fleet.repositories.remote import read_remote_repository
from imagelock.fleet.repositories.repository import RepositoryReading

if TYPE_CHECKING:
    from imagelock.fleet.repositories.repository import RepositoryTask


def read_repository(task: RepositoryTask) -> RepositoryReading:
    """Return what the repository of *task* has, or why it cannot be read.

    It needs nothing but *task*, and may run in another process or on another machine.
    """
    try:
        if task.path is None:
            return read_remote_repository(task)
        path = Path(task.path).absolute()
        if path.is_file():
            return read_lockfile(task, path)
        if not path.is_dir():
            return RepositoryReading(task=task, reason="there is no such folder")
        inside = git_dir(str(path))
        if inside is None:
            return read_plain_folder(task, path)
        return read_git_repository(task, Path(inside))
    except OSError as error:
        return RepositoryReading(
            task=task, reason=f"it cannot be read: {reason(error)}"
        )
