"""Folders with the code of others, as package managers write them into a project."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Place, Reason, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_FOLDERS: Final = {
    "Go modules": r"(?P<folder>(?:.*/)?vendor)/modules\.txt$",
    "Composer packages": (
        r"(?P<folder>(?:.*/)?vendor)/(?:autoload\.php|composer/installed\.(?:json|php))$"
    ),
    "Ruby gems": r"(?P<folder>(?:.*?/)??vendor/bundle)/ruby/",
    "Rust crates": r"(?P<folder>(?:.*/)?vendor)/[^/]+/\.cargo-checksum\.json$",
    "CocoaPods": r"(?P<folder>(?:.*/)?Pods)/Manifest\.lock$",
    "npm packages": r"(?P<folder>(?:.*?/)??node_modules)/",
    "Python packages": r"(?P<folder>(?:.*?/)??(?:site|dist)-packages)/",
}
"""What package managers install, with the path of a file by which it is known."""

_PATTERNS: Final = {
    kind: re.compile(pattern).match for kind, pattern in _FOLDERS.items()
}


def vendored_folders(
    paths: Iterable[PurePosixPath],
) -> dict[PurePosixPath, Skipped]:
    """Return the folders with the code of others, each with a file of it as skipped.

    *paths* are the files of the project. Folders inside of such a folder are left out.
    """
    known: dict[PurePosixPath, Skipped] = {}
    for path in map(str, paths):
        for kind, match in _PATTERNS.items():
            if found := match(path):
                folder = PurePosixPath(found["folder"])
                known.setdefault(folder, _vendored(path, folder, kind))
    return {
        folder: skipped
        for folder, skipped in known.items()
        if known.keys().isdisjoint(folder.parents)
    }


def without_vendored(
    paths: Collection[PurePosixPath], named: Iterable[PurePosixPath] = ()
) -> tuple[list[PurePosixPath], list[Skipped]]:
    """Return those of *paths* that are the project's own, and what was left out.

    That is a file of each folder with the code of others. Folders that are among the
    *named* paths, or above some of them, are not left out.
    """
    folders = vendored_folders(paths)
    for path in named:
        for folder in (path, *path.parents):
            folders.pop(folder, None)
    if not folders:
        return [*paths], []
    own = [path for path in paths if folders.keys().isdisjoint(path.parents)]
    return own, [*folders.values()]


def _vendored(path: str, folder: PurePosixPath, kind: str) -> Skipped:
    return Skipped(
        place=Place.of_file(PurePosixPath(path)),
        reason=Reason.VENDORED,
        detail=f"`{folder}` has the code of others ({kind})",
        hint=f"run imagelock with `{folder}`, or set `vendored = true`",
    )
