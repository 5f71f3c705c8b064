"""Ask git about the project: its root, its files, and files as they once were."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path, PurePosixPath
from typing import Final

from imagelock.errors import ConfigurationError

_OF_A_HOOK: Final = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}
"""Inside a hook these name the repository and the index of whoever runs it."""


def root(folder: Path) -> Path | None:
    """Return the top of the work tree that *folder* is in, if it is in one.

    Looks for `.git` instead of asking git, which would cost a process.
    """
    return next((p for p in (folder, *folder.parents) if (p / ".git").exists()), None)


def files(folder: Path) -> list[PurePosixPath] | None:
    """Return what git tracks or would track below *folder*, sorted.

    The paths are relative to *folder*. `None` where git cannot answer: there is
    no work tree, or no git.
    """
    listed = _run(
        folder,
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    )
    if listed is None:
        return None
    return sorted(PurePosixPath(os.fsdecode(p)) for p in listed.split(b"\0") if p)


def revisions(folder: Path, name: str, most: int) -> list[str]:
    """Return the latest *most* commits that changed the file *name*, newest first.

    Nothing where git cannot answer. *name* is relative to *folder*.
    """
    listed = _run(folder, "log", "--format=%H", f"--max-count={most}", "--", name)
    return (listed or b"").decode("ascii", "replace").split()


def show(folder: Path, revision: str, name: str) -> bytes:
    """Return the file *name*, relative to *folder*, as it was at *revision*.

    Raises:
        ConfigurationError: git does not know the revision or the file.
    """
    if revision.startswith("-"):
        raise ConfigurationError(f"`{revision}` is not a revision")
    content = _run(folder, "show", f"{revision}:./{name}")
    if content is None:
        raise ConfigurationError(
            f"git has no `{name}` at `{revision}`",
            hint="name two lockfiles, or revisions in which `images.lock` is committed",
        )
    return content


def setting(folder: Path, name: str) -> str | None:
    """Return the setting *name* of the repository, or `None` if it has none."""
    value = _run(folder, "config", "--local", "--get", name)
    return None if value is None else os.fsdecode(value).removesuffix("\n")


def configure(folder: Path, name: str, value: str) -> bool:
    """Write a setting of the repository; tell whether git did."""
    return _run(folder, "config", "--local", name, value) is not None


def attribute(folder: Path, name: str, file: str) -> str | None:
    """Return what the attribute *name* of *file* is, as gitattributes decide it.

    `None` where git cannot answer: there is no repository, or no git.
    """
    answer = _run(folder, "check-attr", "-z", name, "--", file)
    return None if answer is None else os.fsdecode(answer).split("\0")[2]


def merge_text(ours: Path, base: Path, theirs: Path) -> bool:
    """Merge lines into the file *ours* as git does; tell whether nothing conflicts."""
    names = ("-L", "ours", "-L", "base", "-L", "theirs")
    files_ = (str(path.absolute()) for path in (ours, base, theirs))
    return _run(ours.absolute().parent, "merge-file", *names, *files_) is not None


def _run(folder: Path, *arguments: str) -> bytes | None:
    command = ["git", "-C", str(folder), *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in _OF_A_HOOK}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            command, capture_output=True, check=False, env=environment
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
