"""Where a project is, and which of its files a user means."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from imagelock import config
from imagelock.errors import ConfigurationError
from imagelock.lockfile.model import LOCKFILE
from imagelock.project import git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def find_root(folder: Path) -> Path:
    """Return the root of the project that *folder* is in.

    The nearest folder upwards with settings or a lockfile; else the top of the
    git work tree; else *folder* itself.
    """
    top = git.root(folder)
    for parent in (folder, *folder.parents):
        if (parent / LOCKFILE).is_file() or config.has_settings(parent):
            return parent
        if parent == top:
            break
    return top or folder


def named_paths(root: Path, names: Sequence[Path]) -> tuple[PurePosixPath, ...]:
    """Return the paths that a user named, relative to *root*.

    Raises:
        ConfigurationError: one of them is not there.
    """
    for name in names:
        if not os.path.lexists(name):
            raise ConfigurationError(f"there is no file or folder `{name}`")
    return tuple(PurePosixPath(os.path.relpath(name, root)) for name in names)
