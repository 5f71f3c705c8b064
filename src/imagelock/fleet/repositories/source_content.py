"""The repositories that a source of `fleet collect` has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import UnreadableFileError, UsageError
from imagelock.fleet.repositories.folders import repositories_below
from imagelock.fleet.repositories.lists import (
    is_url,
    read_list,
    remote_task,
    without_credentials,
)
from imagelock.fleet.repositories.repository import as_text
from imagelock.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.fleet.repositories.lists import BadLine
    from imagelock.fleet.repositories.repository import (
        RepositoryReading,
        RepositoryTask,
    )
    from imagelock.fleet.shard import Shard

STDIN: Final = "-"
"""The source that is a list on standard input."""


@dataclass(frozen=True, slots=True)
class SourceContent:
    """What a source has.

    `identity` is what it is called in the database. `failures` are folders that could
    not be listed, and `without` those in which nothing was found.
    """

    identity: str
    tasks: Sequence[RepositoryTask]
    failures: Sequence[RepositoryReading] = ()
    without: Sequence[str] = ()
    bad_lines: Sequence[BadLine] = ()

    def gone(self, known: Iterable[str], shard: Shard | None) -> list[str]:
        """Return those of *known* that it no longer has, sorted.

        What is in a folder that could not be listed may still be there.
        """
        failed = tuple(f"{failure.task.name}/" for failure in self.failures)
        names = {task.name for task in self.tasks}
        names |= {failure.task.name for failure in self.failures}
        return sorted(
            name
            for name in known
            if name not in names
            and not name.startswith(failed)
            and (shard is None or shard.has(name))
        )


def find_repositories(source: str, stdin: str) -> SourceContent:
    """Return what *source* has: a folder, a list in a file, `-` for *stdin*, a URL.

    Raises:
        UsageError: it does not exist, or has no repository at all.
        UnreadableFileError: it is a list that cannot be read.
    """
    if source == STDIN:
        return _in_list(stdin, STDIN, Path())
    if is_url(source):
        try:
            task = remote_task(source, without_credentials(source))
        except ValueError as error:
            raise UsageError(str(error)) from None
        return SourceContent(task.source, [task])
    path = Path(os.path.abspath(source))
    if path.is_dir():
        return _in_folder(str(path))
    if not path.exists():
        raise UsageError(f"there is no `{as_text(source)}`")
    text = read_text(path, f"`{as_text(source)}`", UnreadableFileError)
    return _in_list(text, as_text(path), path.parent)


def _in_list(text: str, identity: str, folder: Path) -> SourceContent:
    tasks, bad = read_list(text, identity, folder)
    if not tasks and not bad:
        raise UsageError(f"the list `{identity}` names no repository")
    return SourceContent(identity, tasks, bad_lines=bad)


def _in_folder(folder: str) -> SourceContent:
    identity = as_text(folder)
    found = repositories_below(folder, identity)
    if not found.tasks and not found.failures:
        raise UsageError(
            f"there is no repository in `{identity}`",
            hint="a repository is a folder with `.git` or `images.lock`, or a bare one;"
            " links and hidden folders are not looked into",
        )
    return SourceContent(identity, found.tasks, found.failures, found.without)
