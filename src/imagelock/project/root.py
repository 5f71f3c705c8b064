"""The root of a project, and the paths in it that a user names."""

from __future__ import annotations

from imagelock import config
from imagelock.errors import UsageError, reason
from imagelock.light_typing import TYPE_CHECKING
from imagelock.lockfile.model import LOCKFILE
from imagelock.project.boundary import is_absent, path_from
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath


def find_root(folder: Path) -> Path:
    """Return the root of the project around *folder*.

    The nearest parent folder with settings or a lockfile; else the top folder of
    the git work tree; else *folder* itself.
    """
    top = work_tree(folder)
    for parent in (folder, *folder.parents):
        if (parent / LOCKFILE).is_file() or config.has_settings(parent):
            return parent
        if parent == top:
            break
    return top or folder


def named_paths(root: Path, names: Sequence[Path]) -> tuple[PurePosixPath, ...]:
    """Return the paths that a user named, relative to *root*.

    Raises:
        UsageError: a path does not exist, or cannot be looked at.
    """
    for name in names:
        try:
            name.lstat()
        except OSError as error:
            if is_absent(error):
                message = f"there is no file or folder `{name}`"
            else:
                message = f"`{name}` cannot be read: {reason(error)}"
            raise UsageError(message) from error
    return tuple(path_from(root, name) for name in names)
