"""URIs of the client, and paths in workspace folders."""

from __future__ import annotations

import os
from pathlib import Path

from pygls.uris import to_fs_path


def path_of(uri: str) -> Path | None:
    """Return the path of *uri*, without `..`; `None` if it is no file."""
    try:
        path = to_fs_path(uri)
    except ValueError:  # no URI at all
        return None
    if not path or "\0" in path or not os.path.isabs(path):
        return None
    return Path(os.path.normpath(path))


def path_in(folder: Path, path: Path) -> Path | None:
    """Return *path* as a path below *folder*; `None` if it is not there.

    Clients can name a file by the folder that a link to the workspace leads to.
    """
    if path.is_relative_to(folder):
        return path
    real = Path(os.path.realpath(path.parent), path.name)
    top = Path(os.path.realpath(folder))
    return folder / real.relative_to(top) if real.is_relative_to(top) else None
