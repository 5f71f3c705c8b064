"""Find the repositories below a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.errors import reason
from imagelock.fleet.repositories.repository import (
    RepositoryReading,
    RepositoryTask,
    as_text,
)
from imagelock.lockfile.model import LOCKFILE

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class FoundRepositories:
    """The repositories below a folder, and the folders that could not be listed.

    `without` are the folders directly below it in which there is no repository.
    """

    tasks: list[RepositoryTask] = field(default_factory=list)
    failures: list[RepositoryReading] = field(default_factory=list)
    without: list[str] = field(default_factory=list)


def git_dir(folder: str) -> str | None:
    """Return where git keeps its data of the repository in *folder*, if it is one."""
    inside = os.path.join(folder, ".git")
    if os.path.lexists(inside):
        return inside
    names = (os.path.join(folder, name) for name in ("HEAD", "objects", "refs"))
    return folder if all(map(os.path.exists, names)) else None


def is_repository(folder: str) -> bool:
    """Return whether *folder* is a repository: in git, or with a lockfile."""
    if git_dir(folder):
        return True
    return os.path.lexists(os.path.join(folder, LOCKFILE))


def repositories_below(folder: str, source: str) -> FoundRepositories:
    """Return the repositories in and below *folder*, sorted by their paths.

    Folders in a repository, hidden folders and links are not looked into.
    """
    found = FoundRepositories()
    if is_repository(folder):
        name = os.path.basename(os.path.abspath(folder))
        found.tasks.append(_task(folder, source, name))
        return found
    children = _children(folder, folder, source, found)
    for child in children:
        before = len(found.tasks) + len(found.failures)
        _look_into(child, folder, source, found)
        if before == len(found.tasks) + len(found.failures):
            found.without.append(as_text(os.path.relpath(child, folder)))
    return found


def _look_into(top: str, root: str, source: str, found: FoundRepositories) -> None:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        if is_repository(folder):
            name = os.path.relpath(folder, root)
            found.tasks.append(_task(folder, source, name))
        else:
            waiting.extend(reversed(_children(folder, root, source, found)))


def _children(
    folder: str, root: str, source: str, found: FoundRepositories
) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(_folders(entries))
    except OSError as error:
        task = _task(folder, source, os.path.relpath(folder, root))
        message = f"the folder cannot be listed: {reason(error)}"
        found.failures.append(RepositoryReading(task=task, reason=message))
        return []


def _folders(entries: Iterator[os.DirEntry[str]]) -> Iterator[str]:
    for entry in entries:
        if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
            yield entry.path


def _task(folder: str, source: str, name: str) -> RepositoryTask:
    return RepositoryTask(
        source=source,
        name=as_text(name.replace(os.sep, "/").removesuffix(".git")),
        location=as_text(os.path.abspath(folder)),
        path=folder,
    )
