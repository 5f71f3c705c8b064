"""A project on disk: its files, the references in them, and its lockfile."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath

from imagelock.dataclass import dataclass
from imagelock.errors import (
    ImagelockError,
    LockfileError,
    UnreadableFileError,
    UsageError,
    convert_write_errors,
    reason,
)
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.lockfile.conflict import heal
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.lockfile.reader import read
from imagelock.project import git
from imagelock.project.boundary import (
    check_named,
    path_from,
    read_inside,
    write_inside,
)
from imagelock.project.project_settings import ProjectSettings
from imagelock.project.scan import FileScanner
from imagelock.text_file import decode_utf8, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.lockfile.sightings import Sightings
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.scan import Scan

_COMMITS: Final = 30
"""Commits of the lockfile that are compared: each costs a git process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles(ProjectSettings):
    """The files of a project: those that name images, and its lockfile."""

    def files(self) -> list[PurePosixPath]:
        """Return the paths of all files of the project, sorted."""
        return FileScanner(self).discovery.files

    def projects_below(self) -> list[PurePosixPath]:
        """Return the folders below the root that are projects of their own, sorted."""
        return FileScanner(self).projects_below

    def found(self, edited: Mapping[PurePosixPath, bytes] | None = None) -> list[Found]:
        """Return everything that the files of the project name, sorted by place.

        *edited* is the new content of files that are about to change.

        Raises:
            ConfigurationError: a plugin cannot be loaded.
        """
        return self.read(edited).found

    def read(
        self,
        edited: Mapping[PurePosixPath, bytes] | None = None,
        *,
        count_guesses: bool = False,
    ) -> Scan:
        """Return everything that the files name, and findings about the files.

        *edited* is the new content of files that are about to change.
        *count_guesses* is whether to count guesses that the settings do not allow.

        Raises:
            ConfigurationError: a plugin cannot be loaded.
        """
        return FileScanner(self).read(edited or {}, count_guesses=count_guesses)

    def content(self, path: PurePosixPath) -> bytes:
        """Return the bytes of the file at *path*.

        Raises:
            UnreadableFileError: it cannot be read, or is out of the project.
        """
        if (data := self.unsaved.get(path)) is not None:
            return data
        return read_inside(self.root, path)

    def write(self, path: PurePosixPath, data: bytes) -> None:
        """Replace the content of the file at *path*, completely or not at all.

        Raises:
            UnreadableFileError: it cannot be written; the old content is unchanged.
        """
        with convert_write_errors(path, UnreadableFileError):
            write_inside(self.root, path, data)

    def write_output(self, file: Path, text: str) -> None:
        """Write *text* to *file*, which the user named from the current folder.

        Raises:
            UnreadableFileError: it is behind a link out of the project.
            UsageError: it cannot be written; the old content is unchanged.
        """
        with convert_write_errors(file, UsageError):
            write_inside(self.root, path_from(self.root, file), text.encode())

    def lockfile(self) -> Lockfile | None:
        """Return the lockfile, or `None` if there is none.

        Raises:
            LockfileError: it cannot be read or is not valid.
        """
        return self._lockfile(read)

    def healed_lockfile(self) -> Lockfile | None:
        """Return the lockfile; if it has a merge conflict, what both sides share.

        Raises:
            LockfileError: it cannot be read or is not valid.
        """
        return self._lockfile(heal)

    def lockfile_at(self, name: str) -> Lockfile:
        """Return the lockfile in the file *name*, or at the git revision *name*.

        Raises:
            ImagelockError: there is no such file or revision, or it is not valid.
        """
        if (path := self.root / name).is_file() or (path := Path(name)).is_file():
            if git.is_revision(self.root, name):
                raise UsageError(
                    f"`{name}` is a file and a revision",
                    hint=f"write `./{name}` or `{name}^0`",
                )
            data = read_inside(self.root, path_from(self.root, path))
        else:
            data = git.show(self.root, name, str(LOCKFILE))
        try:
            return read(decode_utf8(data, "the lockfile", LockfileError))
        except ImagelockError as error:
            error.file = name
            raise

    def sightings(self) -> Sightings:
        """Return the sightings of digests that are not locked yet.

        Raises:
            UnreadableFileError: the file with them cannot be read or used.
        """
        from imagelock.lockfile.sightings import (  # few commands ask
            SIGHTINGS_FILE,
            read_sightings,
        )

        if not (self.root / SIGHTINGS_FILE).is_file():
            return {}
        return read_sightings(self.content(SIGHTINGS_FILE))

    def save_sightings(self, sightings: Sightings) -> None:
        """Save *sightings* for the next run; without any, create no file.

        Raises:
            UnreadableFileError: they cannot be written.
        """
        from imagelock.lockfile.sightings import (  # few commands ask
            SIGHTINGS_FILE,
            write_sightings,
        )

        path = self.root / SIGHTINGS_FILE
        if not sightings and not path.is_file():
            return
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            message = f"`{SIGHTINGS_FILE.parent}` cannot be created: {reason(error)}"
            raise UnreadableFileError(message) from error
        self.write(SIGHTINGS_FILE, write_sightings(sightings).encode())

    def earlier_digests(self) -> dict[Reference, set[Digest]]:
        """Return the digests that each reference had in the latest commits.

        Empty if git cannot answer; lockfiles that cannot be read are left out.
        """
        earlier: dict[Reference, set[Digest]] = {}
        for revision in git.revisions(self.root, str(LOCKFILE), _COMMITS):
            with suppress(ImagelockError):
                for key, image in self.lockfile_at(revision).images.items():
                    earlier.setdefault(key, set()).add(image.digest)
        return earlier

    def is_saved(self, lockfile: Lockfile) -> bool:
        """Return whether the file on disk has exactly the bytes of *lockfile*."""
        is_there = (self.root / LOCKFILE).is_file()
        return is_there and self._lockfile_bytes() == _written(lockfile)

    def save(self, lockfile: Lockfile) -> bool:
        """Write the lockfile if it changed; return whether it did.

        Raises:
            LockfileError: it cannot be written; the old one is unchanged.
        """
        try:
            return write_inside(self.root, LOCKFILE, _written(lockfile))
        except OSError as error:
            raise LockfileError(
                f"cannot write `{LOCKFILE}`: {reason(error)}",
                hint="the old lockfile is unchanged; make its folder writable,"
                " or free some space",
            ) from error

    def _lockfile(self, parse: Callable[[str], Lockfile]) -> Lockfile | None:
        path = self.root / LOCKFILE
        if path.is_symlink():
            check_named(self.root, LOCKFILE)
        if LOCKFILE not in self.unsaved and not path.exists():
            return None
        try:
            text = decode_utf8(self._lockfile_bytes(), "the lockfile", LockfileError)
            return parse(text)
        except LockfileError as error:
            error.file = str(LOCKFILE)
            raise

    def _lockfile_bytes(self) -> bytes:
        if (data := self.unsaved.get(LOCKFILE)) is not None:
            return data
        return read_bytes(self.root / LOCKFILE, "the lockfile", LockfileError)


def _written(lockfile: Lockfile) -> bytes:
    from imagelock.lockfile.writer import write  # `verify` and `list` write none

    return write(lockfile).encode()
