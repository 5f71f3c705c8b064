"""What the program of a scanner gets of the user's environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def without_settings(
    user: Mapping[str, str],
    prefixes: tuple[str, ...],
    *,
    visible: Collection[str] = (),
    paths: Collection[str] = (),
) -> dict[str, str]:
    """Return the variables of *user* without those that begin with one of *prefixes*.

    Those in *visible* and *paths* stay. The latter are paths, which are made absolute: the
    program has another current folder.
    """
    kept = {
        name: value
        for name, value in user.items()
        if name in visible or name in paths or not name.startswith(prefixes)
    }
    absolute = {name: os.path.abspath(kept[name]) for name in paths if kept.get(name)}
    return kept | absolute
