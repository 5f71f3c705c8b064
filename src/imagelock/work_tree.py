"""The work tree that a folder is in."""

from __future__ import annotations

import os

from imagelock.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def work_tree(folder: Path) -> Path | None:
    """Return the top of the git work tree around *folder*, if there is one.

    Looks for `.git` instead of running git, which costs a process.
    """
    parents = (folder, *folder.parents)
    # `Path.exists` raises for a folder that may not be searched.
    return next((p for p in parents if os.path.exists(p / ".git")), None)
