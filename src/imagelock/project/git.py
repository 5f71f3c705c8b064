"""Questions to git: the root of a project, its files, and their earlier content."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path, PurePosixPath
from typing import Final

from imagelock.errors import UsageError

_OF_A_HOOK: Final = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}
"""In a hook, git sets these to the repository and index of the commit in progress."""


def root(folder: Path) -> Path | None:
    """Return the top folder of the work tree around *folder*, if there is one.

    Looks for `.git` instead of running git, which costs a process.
    """
    return next((p for p in (folder, *folder.parents) if (p / ".git").exists()), None)


def files(folder: Path) -> list[PurePosixPath] | None:
    """Return the files below *folder* that git tracks or would track, sorted.

    The paths are relative to *folder*. `None` if git cannot answer: there is no
    work tree, or no git.
    """
    output = _run(
        folder,
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    )
    if output is None:
        return None
    return sorted(PurePosixPath(os.fsdecode(p)) for p in output.split(b"\0") if p)


def revisions(folder: Path, name: str, most: int) -> list[str]:
    """Return the latest *most* commits that changed the file *name*, newest first.

    Empty if git cannot answer. *name* is relative to *folder*.
    """
    output = _run(folder, "log", "--format=%H", f"--max-count={most}", "--", name)
    return (output or b"").decode("ascii", "replace").split()


def show(folder: Path, revision: str, name: str) -> bytes:
    """Return the content at *revision* of the file *name*, relative to *folder*.

    Raises:
        UsageError: git does not know the revision or the file.
    """
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is not a revision")
    content = _run(folder, "show", f"{revision}:./{name}")
    if content is None:
        raise UsageError(
            f"git has no `{name}` at `{revision}`",
            hint="name two lockfiles, or revisions in which `images.lock` is committed",
        )
    return content


def setting(folder: Path, name: str) -> str | None:
    """Return the value of the setting *name* of the repository, if it is set."""
    value = _run(folder, "config", "--local", "--get", name)
    return None if value is None else os.fsdecode(value).removesuffix("\n")


def configure(folder: Path, name: str, value: str) -> bool:
    """Write a setting of the repository; return whether git succeeded."""
    return _run(folder, "config", "--local", name, value) is not None


def attribute(folder: Path, name: str, file: str) -> str | None:
    """Return the value of the attribute *name* of *file* (gitattributes(5)).

    `None` if git cannot answer: there is no repository, or no git.
    """
    answer = _run(folder, "check-attr", "-z", name, "--", file)
    return None if answer is None else os.fsdecode(answer).split("\0")[2]


def merge_text(ours: Path, base: Path, theirs: Path) -> bool:
    """Merge lines into the file *ours* as git does; return whether none conflict."""
    names = ("-L", "ours", "-L", "base", "-L", "theirs")
    files_ = (str(path.absolute()) for path in (ours, base, theirs))
    return _run(ours.absolute().parent, "merge-file", *names, *files_) is not None


def _run(folder: Path, *arguments: str) -> bytes | None:
    command = ["git", "-C", str(folder), *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in _OF_A_HOOK}
    try:
        completed = subprocess.run(  # noqa: S603 - a fixed program, no shell
            command, capture_output=True, check=False, env=environment
        )
    except OSError:
        return None
    return completed.stdout if completed.returncode == 0 else None
