"""The versions of a file that git knows."""

from __future__ import annotations

import re
import subprocess
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, Self

from imagelock.dataclass import dataclass
from imagelock.errors import UsageError
from imagelock.project import git
from imagelock.text_file import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

_USER: Final = re.compile("(?<=https:)//[^/@]*@")
_LAST: Final = datetime(3000, 1, 1, tzinfo=UTC)
"""The latest that every system converts. Git takes any number for a time."""
_AHEAD: Final = 16
"""Blobs that are asked for ahead: their ids fit the pipe to git at once."""
_REVISION: Final = "a commit, a branch, a tag, or a range such as `v1.0..main`"


@dataclass(frozen=True, slots=True)
class FileCommit:
    """A commit that changed a file.

    `date` is when it was committed, in UTC. `old` and `new` are the ids of the blobs
    before and after; `None` if there was no file.
    """

    revision: str
    date: datetime
    subject: str
    old: str | None
    new: str | None


def file_commits(
    folder: Path, name: str, revisions: str = "HEAD", *, first_parent: bool = False
) -> list[FileCommit]:
    """Return the commits that changed the file *name*, oldest first.

    *name* is relative to *folder*; the names that the file had before are followed.
    *revisions* is a commit, or a range of git. With *first_parent*, a merge counts as
    the commit of all its changes, and merged branches are not looked into.

    Raises:
        UsageError: git cannot answer: there is no work tree or no git, or *revisions*
            names no commits.
    """
    place = git.in_work_tree(folder)
    if place is None:
        raise UsageError(
            f"`{folder}` is not in a git repository",
            hint="the history is that of `images.lock` in git",
        )
    top, below = place
    merges = ("--first-parent", "--diff-merges=first-parent") if first_parent else ()
    listed = git.run(
        top,
        *("log", "--follow", "--raw", "-z", "--no-abbrev", "--no-color"),
        *("--no-ext-diff", "--no-textconv", "--encoding=UTF-8", *merges),
        "--format=%H %ct %s",
        *(_resolved(top, revisions), "--", below + name),
    )
    if listed is None:
        raise UsageError("git could not list the commits of `images.lock`")
    commits = _commits(iter(listed.decode("utf-8", "replace").split("\0")))
    commits.reverse()
    return commits


def commit_date(folder: Path, revision: str) -> datetime:
    """Return when *revision* was committed, in UTC.

    Raises:
        UsageError: it is not a commit.
    """
    place = git.in_work_tree(folder)
    top = place[0] if place else folder
    shown = git.run(
        top, "log", "-1", "--no-color", "--format=%ct", _resolved(top, revision)
    )
    if shown is None:
        raise _not_commits(revision)
    return _time(shown.decode("ascii"))


def is_shallow(folder: Path) -> bool:
    """Return whether the clone that *folder* is in lacks older commits."""
    place = git.in_work_tree(folder)
    answer = place and git.run(place[0], "rev-parse", "--is-shallow-repository")
    return answer is not None and answer.strip() == b"true"


class BlobReader:
    """Reads blobs by their ids, all with one process of git; a context manager.

    The repository is that around *folder*, or the one in the folder *git_dir*, which
    may be bare. git may fetch what is missing by *protocols*, those of
    `git.environment`.
    """

    def __init__(
        self, folder: Path, git_dir: Path | None = None, protocols: str = "none"
    ) -> None:
        self._expected: Iterator[str] = iter(())
        self._asked: deque[str] = deque()
        place = None if git_dir else git.in_work_tree(folder)
        named = (f"--git-dir={git_dir}",) if git_dir else ()
        top = place[0] if place else folder
        self._process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
            git.command_line(top, *named, "cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=git.environment(protocols),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def expect(self, blobs: Iterable[str]) -> None:
        """Let git read *blobs* while others are looked at: most are read in this order."""
        self._expected = iter(blobs)

    def read(self, blob: str) -> bytes | None:
        """Return the content of *blob*, or `None` if it is not in this clone.

        What is longer than `LARGEST_FILE` is not in it, either.
        """
        if blob not in self._asked:
            while self._asked:  # what was asked before is answered before
                self._answer()
            self._ask(blob)
        while self._asked[0] != blob:
            self._answer()
        data = self._answer()
        for each in islice(self._expected, _AHEAD - len(self._asked)):
            self._ask(each)
        return data

    def _ask(self, blob: str) -> None:
        if requests := self._process.stdin:
            with suppress(OSError):  # git has ended
                requests.write(f"{blob}\n".encode())
                requests.flush()
        self._asked.append(blob)

    def _answer(self) -> bytes | None:
        """Return the content of the blob that was asked for first."""
        self._asked.popleft()
        answers = self._process.stdout
        if answers is None:
            return None
        # `<id> blob <size>`, the content and a line feed, or `<id> missing`.
        match answers.readline().split():
            case [_, b"blob", size] if int(size) <= LARGEST_FILE:
                return answers.read(int(size) + 1)[:-1]
            case [_, _, size]:
                _skip(answers.read, int(size) + 1)
            case _:
                pass
        return None


def _skip(read: Callable[[int], bytes], count: int) -> None:
    while count > 0 and (data := read(min(count, LARGEST_FILE))):
        count -= len(data)


def _resolved(top: Path, revisions: str) -> str:
    """Return *revisions* with the ids of the commits that it names."""
    if "..." in revisions:
        raise _not_commits(revisions)
    start, dots, end = revisions.rpartition("..")
    names = [start or "HEAD", end or "HEAD"] if dots else [end]
    ids = [
        git.run(
            top,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{name}^{{commit}}",
        )
        for name in names
    ]
    if None in ids:
        raise _not_commits(revisions)
    return "..".join(id_.decode("ascii").strip() for id_ in ids if id_)


def _not_commits(revisions: str) -> UsageError:
    if revisions == "HEAD":
        return UsageError(
            "this repository has no commits yet",
            hint="the history is that of `images.lock` in git: commit it",
        )
    return UsageError(
        f"`{revisions}` names no commits of this repository", hint=f"name {_REVISION}"
    )


def _commits(fields: Iterator[str]) -> list[FileCommit]:
    """Read the NUL-terminated fields of `git log --raw -z`.

    A commit is a field; the change of its file is another, with the modes, the ids and
    the status, and so is each path behind that: two for a file that was renamed.
    """
    commits: list[FileCommit] = []
    head = ""
    for field in fields:
        if not field.startswith("\n:"):
            head = field
            continue
        _, _, old, new, status = field.split(" ")
        for _ in range(2 if status[0] in "RC" else 1):
            next(fields)
        revision, seconds, subject = head.split(" ", 2)
        date = _time(seconds)
        commits.append(FileCommit(revision, date, subject, _blob(old), _blob(new)))
    return commits


def _time(seconds: str) -> datetime:
    """Return the time of a commit, in UTC, or the nearest that there is.

    *seconds* is empty where git cannot read what is in the commit.
    """
    try:
        return min(datetime.fromtimestamp(int(seconds or 0), UTC), _LAST)
    except (OverflowError, OSError, ValueError):
        return _LAST


def _blob(name: str) -> str | None:
    """Return *name*, unless it is the id of nothing: all zeros."""
    return name if name.strip("0") else None


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commit that is checked out, and where its repository is from.

    `folder` is that of the project in the work tree: empty, or ending in `/`. `remote`
    is the address of `origin`, without user and password; empty if there is none.
    """

    revision: str
    date: datetime
    folder: str
    remote: str


def checkout(folder: Path) -> Checkout | None:
    """Return what is checked out around *folder*; `None` without git, or a commit."""
    place = git.in_work_tree(folder)
    shown = place and git.run(place[0], "log", "-1", "--no-color", "--format=%H %ct")
    if place is None or not shown:
        return None
    revision, _, seconds = shown.decode("ascii").partition(" ")
    date = _time(seconds)
    remote = git.setting(place[0], "remote.origin.url") or ""
    return Checkout(revision, date, place[1], _USER.sub("//", remote))
