"""Merge the lockfile as git's merge driver (gitattributes(5), "Defining a custom merge driver")."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.errors import LockfileError, UsageError, reason
from imagelock.lockfile.conflict import heal
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.lockfile.reader import read
from imagelock.lockfile.three_way_merge import merge
from imagelock.project import git
from imagelock.project.atomic_write import write_atomically
from imagelock.project.boundary import read_inside, write_inside
from imagelock.text_file import read_text
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.lockfile.three_way_merge import Merge

SETTINGS: Final = {
    "merge.imagelock.name": "merge images.lock entry by entry",
    # What git puts for %P is quoted for the shell; `--` lets it begin with a hyphen.
    "merge.imagelock.driver": "imagelock merge-driver -- %O %A %B %P",
}
"""The settings of a git repository that register the driver."""
_ATTRIBUTES: Final = PurePosixPath(".gitattributes")
_LINE: Final = f"{LOCKFILE} merge=imagelock\n"


def merge_files(base: Path, ours: Path, theirs: Path) -> Merge:
    """Merge the lockfiles in three files and write the result to *ours*.

    Where both sides made the file, or git merged several ancestors, *base* is empty
    or has conflict markers; then only what its sides share counts.

    Raises:
        LockfileError: one of them cannot be read, or *ours* cannot be written;
            *ours* is unchanged.
    """
    ancestor = _read(base)
    merged = merge(
        heal(ancestor) if ancestor.strip() else Lockfile(),
        read(_read(ours)),
        read(_read(theirs)),
    )
    try:
        write_atomically(ours, merged.text().encode())
    except OSError as error:
        raise LockfileError(f"cannot write `{ours}`: {reason(error)}") from error
    return merged


def install(folder: Path) -> Iterator[str]:
    """Let git use the driver in the repository of *folder*; yield what was done.

    What is as it should be is left alone, so that doing it twice does nothing.

    Raises:
        UsageError: there is no repository, or it cannot be written.
    """
    top = work_tree(folder)
    used = top and git.attribute(top, "merge", str(LOCKFILE))
    if top is None or used is None:
        raise UsageError(
            "there is no git repository here", hint="run it where `git status` works"
        )
    if used != "imagelock":
        _add_line(top)
        yield f"added `{_LINE.strip()}` to `.gitattributes`: commit it"
    for name, value in SETTINGS.items():
        if git.setting(top, name) != value:
            if not git.configure(top, name, value):
                raise UsageError(f"git cannot write its setting `{name}`")
            yield f"set `{name}` in the settings of this clone"


def _add_line(top: Path) -> None:
    try:
        text = read_inside(top, _ATTRIBUTES) if (top / _ATTRIBUTES).exists() else b""
        line_end = b"" if text.endswith(b"\n") or not text else b"\n"
        write_inside(top, _ATTRIBUTES, text + line_end + _LINE.encode())
    except OSError as error:
        message = f"cannot write `{_ATTRIBUTES}`: {reason(error)}"
        raise UsageError(message) from error


def _read(path: Path) -> str:
    return read_text(path, f"`{path}`", LockfileError)
