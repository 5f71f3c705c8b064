"""Read the lockfiles of the commit that a repository on this machine is at."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from imagelock.fleet.repositories.repository import (
    FoundLockfile,
    RepositoryReading,
    as_text,
)
from imagelock.lockfile.model import LOCKFILE
from imagelock.project import git
from imagelock.project.git_history import BlobReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.fleet.repositories.repository import RepositoryTask

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BRANCH: Final = re.compile(r"ref: (refs/[^\s]+)\s*")
_LINK: Final = "120000"


def read_git_repository(
    task: RepositoryTask, git_dir: Path, protocols: str = "none"
) -> RepositoryReading:
    """Return the lockfiles in the commit `HEAD` of the repository at *git_dir*.

    What the task knows is not read again. git may fetch what is missing by
    *protocols*.
    """
    revision = _head_in_files(git_dir) or _head(git_dir)
    if revision is None:
        return _without_commit(task, git_dir)
    if revision == task.revision:
        return RepositoryReading(task=task, revision=revision, is_unchanged=True)
    listed = _run(git_dir, "ls-tree", "-r", "-z", "--full-tree", revision)
    if listed is None:
        reason = "git cannot list the files of its commit: it is damaged, or incomplete"
        return RepositoryReading(task=task, reason=reason)
    found = [*_lockfiles(listed)]
    with BlobReader(git_dir.parent, git_dir, protocols) as reader:
        lockfiles = tuple(
            _read(task, path, mode, blob, reader) for path, mode, blob in found
        )
    return RepositoryReading(task=task, revision=revision, lockfiles=lockfiles)


def _lockfiles(listed: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield path, mode and id of each lockfile in what `git ls-tree -z` printed."""
    name = os.fsencode(LOCKFILE)
    for line in listed.split(b"\0"):
        head, _, path = line.partition(b"\t")
        if path == name or path.endswith(b"/" + name):
            mode, _, blob = head.decode("ascii").split(" ")
            yield as_text(path), mode, blob


def _read(
    task: RepositoryTask, path: str, mode: str, blob: str, reader: BlobReader
) -> FoundLockfile:
    if mode == _LINK:
        return FoundLockfile(path, blob, reason="it is a link")
    if task.blobs.get(path) == blob:
        return FoundLockfile(path, blob)
    data = reader.read(blob)
    if data is None:
        return FoundLockfile(path, blob, reason="it is missing in git, or too large")
    return FoundLockfile(path, blob, data)


def _head_in_files(git_dir: Path) -> str | None:
    """Return the commit at `HEAD` if the usual files say so: this spares a process.

    gitrepository-layout(5). `None` for a linked work tree, a reftable, and whatever
    else only git understands.
    """
    try:
        if (git_dir / "commondir").exists():
            return None
        text = (git_dir / "HEAD").read_text("ascii")
        match = _BRANCH.fullmatch(text)
        if match is None:
            return _commit(text)
        name = match[1]
        if ".." in name:
            return None
        loose = git_dir / name
        if loose.is_file():
            return _commit(loose.read_text("ascii"))
        packed = (git_dir / "packed-refs").read_text("utf-8", "replace")
    except (OSError, ValueError):
        return None
    lines = (line.partition(" ") for line in packed.splitlines())
    return next((_commit(oid) for oid, _, ref in lines if ref == name), None)


def _commit(text: str) -> str | None:
    return text.strip() if _COMMIT.fullmatch(text.strip()) else None


def _head(git_dir: Path) -> str | None:
    shown = _run(git_dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return _commit(shown.decode("ascii", "replace")) if shown else None


def _without_commit(task: RepositoryTask, git_dir: Path) -> RepositoryReading:
    """Return the reading of a repository that is empty, or none."""
    references = _run(git_dir, "for-each-ref", "--count=1")
    if references is None:
        reason = "git finds no repository there"
        hint = "it is damaged, or git is not installed, or may not read it"
        return RepositoryReading(task=task, reason=reason, hint=hint)
    if references:
        reason = "`HEAD` names a branch without a commit"
        hint = "let it name the default branch: `git symbolic-ref HEAD refs/heads/main`"
        return RepositoryReading(task=task, reason=reason, hint=hint)
    return RepositoryReading(task=task)


def _run(git_dir: Path, *arguments: str) -> bytes | None:
    return git.run(git_dir.parent, f"--git-dir={git_dir}", *arguments)
