"""The border of a project: links in it do not lead imagelock out of it."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from imagelock.errors import UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath


def check_inside(root: Path, path: PurePosixPath) -> None:
    """Check that the file at *path* below *root* is in the project, links followed.

    A pull request can commit a link to any file of the machine that checks it: its
    content would end up in messages, or the file would be overwritten. A path that
    begins with `..` comes from the user, who may name any file.

    Raises:
        UnreadableFileError: *path* is, or is behind, a link out of the project.
    """
    if path.parts[:1] == ("..",):
        return
    full = root / path
    folder = _real(full.parent)
    target = os.path.realpath(full) if full.is_symlink() else folder
    if not _is_below(target, _real(root)):
        raise UnreadableFileError(
            "is a link out of the project",
            hint="exclude it, or replace it with the file itself",
        )


def _is_below(target: str, root: str) -> bool:
    return target == root or target.startswith(root.rstrip(os.sep) + os.sep)


@cache
def _real(folder: Path) -> str:
    return os.path.realpath(folder)
