"""Projects below a project: folders with a lockfile or settings of their own."""

from __future__ import annotations

from fnmatch import fnmatchcase

from imagelock.config import FILE_NAME, has_settings
from imagelock.config.settings_file import PYPROJECT
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.occurrence import Place, Reason, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path, PurePosixPath

_MARKS: Final = frozenset({LOCKFILE.name, FILE_NAME})
_NAMES: Final = _MARKS | {PYPROJECT}


def projects_below(
    root: Path,
    paths: Iterable[PurePosixPath],
    members: Sequence[str],
    *,
    only_members: bool = False,
) -> list[PurePosixPath]:
    """Return the folders below *root* that are projects of their own, sorted.

    *paths* are the files below *root*, whichever of them its settings exclude.
    *members* are patterns of folders that are projects in any case, with
    *only_members* no others.
    """
    folders = set(() if only_members else _marked(root, paths))
    if members:
        patterns = [pattern.split("/") for pattern in members]
        parents = {parent for path in paths for parent in path.parents}
        folders.update(
            folder
            for folder in parents
            if any(_is_like(folder.parts, pattern) for pattern in patterns)
        )
    return sorted(folders)


def without_others(
    paths: Iterable[PurePosixPath], folders: Collection[PurePosixPath]
) -> tuple[list[PurePosixPath], list[Skipped]]:
    """Return those of *paths* that are in none of *folders*, and what was left out.

    That is a file of each of these projects: the one by which it is known, if that is
    among *paths*, or else the first.
    """
    if not folders:
        return [*paths], []
    own: list[PurePosixPath] = []
    first: dict[PurePosixPath, PurePosixPath] = {}
    known = frozenset(folders)
    for path in paths:
        folder = next((each for each in path.parents if each in known), None)
        if folder is None:
            own.append(path)
        elif folder not in first or (path.parent == folder and path.name in _MARKS):
            first[folder] = path
    return own, [_other_project(path, folder) for folder, path in first.items()]


def _marked(root: Path, paths: Iterable[PurePosixPath]) -> Iterator[PurePosixPath]:
    for path in paths:
        # The name first: this runs for each file of a repository.
        if path.name not in _NAMES or not (folder := path.parent).parts:
            continue
        if path.name in _MARKS or has_settings(root / folder):
            yield folder


def _is_like(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def _other_project(path: PurePosixPath, folder: PurePosixPath) -> Skipped:
    """Return the file at *path* as skipped, as it is in the project in *folder*."""
    return Skipped(
        place=Place.of_file(path),
        reason=Reason.OTHER_PROJECT,
        detail=f"`{folder}` is a project of its own",
        hint="run imagelock in its folder, or with `--all`",
    )
