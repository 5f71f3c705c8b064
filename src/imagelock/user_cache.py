"""The folder in which imagelock keeps what it can get or compute again."""

from __future__ import annotations

import sys
from pathlib import Path

from imagelock.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def user_cache(environment: Mapping[str, str]) -> Path | None:
    """Return the folder for caches of the user, which need not exist yet.

    `$XDG_CACHE_HOME`, or the folder that is usual on the system. `None` for a user
    without a home, as in a container with any user id.
    """
    if folder := environment.get("XDG_CACHE_HOME"):
        # Relative paths are invalid: XDG Base Directory Specification.
        return Path(folder, "imagelock") if Path(folder).is_absolute() else None
    if sys.platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return Path(local, "imagelock", "cache") if local else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    below = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return home / below / "imagelock"
