"""Find the files of a project that may name images."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError
from imagelock.project import git
from imagelock.project.gitignore import compile_patterns, compile_valid_patterns
from imagelock.text_file import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathspec import GitIgnoreSpec

_NEVER: Final = {".git", ".hg", ".svn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSelection:
    """The files to read: gitignore patterns, and paths that the user named.

    `paths` are relative to the root of the project. They are read even if a
    pattern excludes them or git ignores them.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    paths: tuple[PurePosixPath, ...] = ()


def discover(root: Path, selection: FileSelection) -> list[PurePosixPath]:
    """Return the files of the project at *root* that *selection* includes, sorted.

    The paths are relative to *root*. In a git work tree these are the files that
    git tracks or would track, elsewhere all that no `.gitignore` excludes.
    """
    if not selection.paths:
        return sorted(_selected(_all(root), selection))
    files: set[PurePosixPath] = set()
    for path in selection.paths:
        if (root / path).is_dir():
            files.update(path / name for name in _all(root / path))
        else:
            files.add(path)
    return sorted(files)


def folders_in_place_of_files(
    root: Path, paths: Iterable[PurePosixPath]
) -> list[PurePosixPath]:
    """Return the folders in the project that have the name of a Compose file.

    Docker creates such a folder when it mounts a file that does not exist.
    """
    folders = {str(path).rpartition("/")[0] for path in paths}
    parents = {PurePosixPath(folder) for folder in folders}
    parents.update([ancestor for parent in parents for ancestor in parent.parents])
    names = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
    candidates = sorted(parent / name for parent in parents for name in names)
    return [path for path in candidates if (root / path).is_dir()]


def _all(folder: Path) -> Sequence[PurePosixPath]:
    tracked = git.files(folder) if git.root(folder) else None
    if not tracked:
        return list(_walk(folder, PurePosixPath(), ()))
    # Git also lists deleted files, and submodules, which are folders.
    return [path for path in tracked if _is_file(os.path.join(folder, path))]  # noqa: PTH118 - pathlib is slow for many


def _is_file(path: str) -> bool:
    """Return whether *path* exists and is no folder; a link counts as a file."""
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _selected(
    paths: Iterable[PurePosixPath], selection: FileSelection
) -> Iterator[PurePosixPath]:
    include = compile_patterns(selection.include) if selection.include else None
    exclude = compile_patterns(selection.exclude) if selection.exclude else None
    for path in paths:
        if include is not None and not include.match_file(path):
            continue
        if exclude is None or not exclude.match_file(path):
            yield path


_Specs = tuple[tuple[PurePosixPath, "GitIgnoreSpec"], ...]


def _walk(root: Path, folder: PurePosixPath, specs: _Specs) -> Iterator[PurePosixPath]:
    """Yield the files below *folder* that no `.gitignore` above them excludes."""
    try:
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == ".gitignore" for entry in entries):
        specs = (*specs, (folder, _gitignore(root / folder / ".gitignore")))
    for entry in entries:
        path = folder / entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name in _NEVER or _ignored(path, specs, is_folder=is_folder):
            continue
        if is_folder:
            yield from _walk(root, path, specs)
        elif not entry.is_dir():
            yield path


def _gitignore(path: Path) -> GitIgnoreSpec:
    try:
        data = read_bytes(path, f"`{path}`", UnreadableFileError)
    except UnreadableFileError:
        return compile_valid_patterns([])
    return compile_valid_patterns(data.decode("utf-8", "replace").splitlines())


def _ignored(path: PurePosixPath, specs: _Specs, *, is_folder: bool) -> bool:
    """Return whether the nearest `.gitignore` with a match ignores *path*.

    See gitignore(5).
    """
    for base, spec in reversed(specs):
        name = f"{path.relative_to(base)}{'/' if is_folder else ''}"
        if (include := spec.check_file(name).include) is not None:
            return include
    return False
