"""Find the files of a project that may name images."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import UnreadableFileError, reason
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.project import git
from imagelock.project.atomic_write import is_temporary
from imagelock.project.boundary import NoFileError, is_absent, status_inside
from imagelock.project.file_statuses import FileStatuses
from imagelock.project.gitignore import compile_patterns, compile_valid_patterns
from imagelock.text_file import read_bytes
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pathspec import GitIgnoreSpec

_NEVER: Final = {".git", ".hg", ".svn"}
_COMPOSE_FILES: Final = (
    *("compose.yaml", "compose.yml"),
    *("docker-compose.yml", "docker-compose.yaml"),
)
_LINKS: Final = 2
"""Those of a folder without folders in it."""
_EXCLUDE: Final = "make it readable, or exclude it"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSelection:
    """The files to read: gitignore patterns, and paths that the user named.

    `paths` are relative to the root of the project. They are read even if a
    pattern excludes them or git ignores them.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    paths: tuple[PurePosixPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files of a project, sorted, and what kept others from being found.

    `statuses` are those of what was looked at, and `unreadable` has, by path, why a
    folder cannot be listed, or a file not looked at.
    """

    statuses: FileStatuses
    files: list[PurePosixPath] = field(default_factory=list)
    unreadable: dict[PurePosixPath, UnreadableFileError] = field(default_factory=dict)


def discover(root: Path, selection: FileSelection) -> Discovery:
    """Return the files of the project at *root* that *selection* includes.

    The paths are relative to *root*. In a git work tree these are the files that
    git tracks or would track, elsewhere all that no `.gitignore` excludes.
    """
    if not selection.paths:
        return selected(_all(root), selection)
    named = Discovery(FileStatuses(str(root)))
    files: set[PurePosixPath] = set()
    for path in selection.paths:
        if os.path.isdir(root / path):
            below = _all(root / path)
            files.update(path / name for name in below.files)
            named.unreadable.update({path / k: e for k, e in below.unreadable.items()})
        else:
            files.add(path)
    named.files.extend(sorted(files))
    return named


def folders_in_place_of_files(
    paths: Iterable[PurePosixPath], statuses: FileStatuses
) -> list[PurePosixPath]:
    """Return the folders next to the files at *paths* with the name of a Compose file.

    Docker creates such a folder when it mounts a file that does not exist.
    """
    folders = {""}
    for path in paths:
        folder = str(path).rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    # Few are there: asking whether something is costs less than an error.
    there = [
        PurePosixPath(folder, name)
        for folder in _that_may_have_folders(folders, statuses)
        for name in _COMPOSE_FILES
        if os.access(f"{statuses.top}/{folder}/{name}", os.F_OK)
    ]
    return sorted(path for path in there if os.path.isdir(f"{statuses.top}/{path}"))


def _that_may_have_folders(
    folders: Collection[str], statuses: FileStatuses
) -> Collection[str]:
    """Return those of *folders* that may have folders in them, by their links.

    Where links are not counted, the topmost folder does not have those of the others.
    See find(1), `-noleaf`.
    """
    if len(folders) == 1 or statuses.links("") <= _LINKS:
        return folders
    return [folder for folder in folders if statuses.links(folder) != _LINKS]


def _all(folder: Path) -> Discovery:
    found = Discovery(FileStatuses(str(folder)))
    listing = git.files(folder) if work_tree(folder) else None
    if listing is None or not listing.files:
        names = _walk(os.path.join(folder, ""), "", (), found.unreadable)
        found.files.extend(map(PurePosixPath, names))
        return found
    for path, message in listing.unreadable.items():
        closed = _closed_folder(folder, path)
        found.unreadable[closed] = UnreadableFileError(message, hint=_EXCLUDE)
    found.files.extend(
        path
        for path in listing.files
        if _is_file(folder, path, found.statuses, found.unreadable)
    )
    return found


_Unreadable = dict[PurePosixPath, UnreadableFileError]


def _is_file(
    folder: Path, path: PurePosixPath, statuses: FileStatuses, unreadable: _Unreadable
) -> bool:
    """Return whether *path* is a file, or a link to a file or to nothing.

    Git also lists deleted files, and submodules, which are folders. The reason why
    *path* cannot be looked at is added to *unreadable*.
    """
    name = str(path)
    if is_temporary(name.rpartition("/")[2]):
        return False
    try:
        mode = statuses.mode(name)
    except OSError as error:
        if not is_absent(error):
            unreadable[_closed_folder(folder, path)] = _cannot_read(error)
        return False
    if stat.S_ISREG(mode):  # nearly all are
        return True
    if stat.S_ISLNK(mode):
        return not os.path.isdir(folder / path)
    return not stat.S_ISDIR(mode)


def _closed_folder(folder: Path, path: PurePosixPath) -> PurePosixPath:
    """Return the highest folder on the way to *path* that may not be searched."""
    parents = reversed(path.parents)
    return next((p for p in parents if not os.access(folder / p, os.X_OK)), path)


def _cannot_read(error: OSError) -> UnreadableFileError:
    return UnreadableFileError(f"cannot be read: {reason(error)}", hint=_EXCLUDE)


def selected(found: Discovery, selection: FileSelection) -> Discovery:
    """Return what *selection* includes of *found*.

    Nobody knows what is in a folder that cannot be listed: `include` does not count.
    """
    include = compile_patterns(selection.include) if selection.include else None
    exclude = compile_patterns(selection.exclude) if selection.exclude else None
    return replace(
        found,
        files=[
            path
            for path in found.files
            if (include is None or include.match_file(path))
            and (exclude is None or not exclude.match_file(path))
        ],
        unreadable={
            path: error
            for path, error in found.unreadable.items()
            # Patterns such as `data/` and `data/**` are about what is in a folder.
            if exclude is None
            or not (exclude.match_file(path) or exclude.match_file(path / "file"))
        },
    )


_Specs = tuple[tuple[str, "GitIgnoreSpec"], ...]


def _walk(
    root: str, folder: str, specs: _Specs, unreadable: _Unreadable
) -> Iterator[str]:
    """Yield the files below *folder* that no `.gitignore` above them excludes, sorted.

    *root* and *folder* are empty or end with a separator, and so do folders in *specs*.
    Folders that cannot be listed are added to *unreadable*.
    """
    try:
        entries = sorted(os.scandir(root + folder), key=lambda entry: entry.name)
    except OSError as error:
        if not is_absent(error):
            closed = _closed_folder(Path(root), PurePosixPath(folder))
            unreadable[closed] = _cannot_read(error)
        return
    if any(entry.name == ".gitignore" for entry in entries):
        path = PurePosixPath(folder, ".gitignore")
        specs = (*specs, (folder, _gitignore(Path(root), path, unreadable)))
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        name = f"{folder}{entry.name}{'/' if is_folder else ''}"
        if _is_left_out(entry.name) or _is_ignored(name, specs):
            continue
        if is_folder:
            yield from _walk(root, name, specs, unreadable)
        elif not (entry.is_symlink() and os.path.isdir(entry)):
            yield name


def _is_left_out(name: str) -> bool:
    return name in _NEVER or is_temporary(name)


def _gitignore(
    root: Path, path: PurePosixPath, unreadable: _Unreadable
) -> GitIgnoreSpec:
    """Return the patterns in the file at *path*; none if it cannot be read."""
    try:
        status_inside(root, path)
        data = read_bytes(root / path, f"`{path}`", UnreadableFileError)
    except NoFileError:
        data = b""
    except UnreadableFileError as error:
        unreadable[path] = error
        data = b""
    return compile_valid_patterns(data.decode("utf-8", "replace").splitlines())


def _is_ignored(name: str, specs: _Specs) -> bool:
    """Return whether the nearest `.gitignore` with a match ignores *name*.

    That of a folder ends with `/`. See gitignore(5).
    """
    for folder, spec in reversed(specs):
        if (include := spec.check_file(name[len(folder) :]).include) is not None:
            return include
    return False
