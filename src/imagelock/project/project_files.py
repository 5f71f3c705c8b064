"""A project on disk: where it is, what its files name, and its lockfile."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.config.image_rules import ImageSettings
from imagelock.errors import (
    ImagelockError,
    LockfileError,
    UnreadableFileError,
    reason,
)
from imagelock.lockfile.conflict import heal
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.lockfile.reader import read
from imagelock.lockfile.writer import write
from imagelock.model.finding import Rule, Severity
from imagelock.model.platform import Platform
from imagelock.project import git
from imagelock.project.discovery import Selection, discover, folders_in_place_of_files
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.path_suppressions import PathIgnores
from imagelock.project.reader import Reader
from imagelock.project.source_selection import SourceSelection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.config import Config
    from imagelock.lockfile.sightings import Sightings
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference

_COMMITS: Final = 30
"""Commits of the lockfile that are looked at: each costs a process of git."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the files name, sorted by place, and findings about the files alone."""

    found: list[Found]
    file_findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """The project at *root*, with its settings.

    `paths`, relative to the root, restrict it to the files that the user named.
    `environment` decides what files mean only if the user said so; else empty.
    """

    root: Path
    config: Config
    paths: tuple[PurePosixPath, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms that the project declares, sorted."""
        return tuple(sorted({Platform.parse(p) for p in self.config.platforms}))

    @property
    def severities(self) -> dict[Rule, Severity]:
        """The severities that the project sets for rules."""
        levels = self.config.rules
        return {
            rule: Severity[levels[rule.slug].upper()]
            for rule in Rule
            if rule.slug in levels
        }

    @property
    def ignored(self) -> frozenset[Rule]:
        """The rules that the project ignores."""
        return frozenset(rule for rule in Rule if rule.slug in self.config.ignore)

    @property
    def image_settings(self) -> ImageSettings:
        """What the project says of single images."""
        return ImageSettings(self.config.images)

    def files(self) -> list[PurePosixPath]:
        """Return the files of the project, whatever they are, sorted."""
        selection = Selection(
            include=tuple(self.config.include),
            exclude=tuple(self.config.exclude),
            paths=self.paths,
        )
        return discover(self.root, selection)

    def found(self, edited: Mapping[PurePosixPath, bytes] | None = None) -> list[Found]:
        """Return everything that the files of the project name, sorted by place.

        *edited* are the bytes that some of them will have.

        Raises:
            ConfigurationError: a source of another package cannot be loaded.
        """
        return self.read(edited).found

    def read(self, edited: Mapping[PurePosixPath, bytes] | None = None) -> Scan:
        """Return what the files name, and what is to be said of the files.

        Raises:
            ConfigurationError: a source of another package cannot be loaded.
        """
        paths = self.files()
        reader = Reader(
            root=self.root,
            platforms=self.platforms,
            variables=self.config.variables,
            environment=self.environment,
            edited=edited or {},
            choice=SourceSelection.of(self.config.sources),
            extras=OptionalSources.of(
                self.config.match,
                embedded=self.config.embedded,
                guesses=self.config.guesses,
            ),
        )
        found = reader.read(
            [*paths, *folders_in_place_of_files(self.root, paths)],
            named=frozenset(self.paths),
        )
        kept = self.image_settings.without_ignored(found)
        ignored = PathIgnores.of(self.config.ignore_paths)
        return Scan(
            [ignored.applied(one) for one in kept],
            tuple(
                r for r in reader.file_findings if r.rule.slug not in ignored.at(r.path)
            ),
        )

    def content(self, path: PurePosixPath) -> bytes:
        """Return the bytes of the file at *path*.

        Raises:
            UnreadableFileError: it cannot be read any more.
        """
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            message = f"`{path}` cannot be read: {reason(error)}"
            raise UnreadableFileError(message) from error

    def write(self, path: PurePosixPath, data: bytes) -> None:
        """Replace the content of the file at *path*, at once or not at all.

        Raises:
            UnreadableFileError: it cannot be written; the old content is whole.
        """
        from imagelock.project.atomic_write import write_atomically  # noqa: PLC0415 - few verbs do

        try:
            write_atomically(self.root / path, data)
        except OSError as error:
            message = f"`{path}` cannot be written: {reason(error)}"
            raise UnreadableFileError(message) from error

    def lockfile(self) -> Lockfile | None:
        """Return the lockfile, or `None` if there is none.

        Raises:
            LockfileError: it cannot be read or is not valid.
        """
        return self._lockfile(read)

    def healed_lockfile(self) -> Lockfile | None:
        """Return the lockfile; of one with a merge conflict, what both sides share.

        Raises:
            LockfileError: it cannot be read or is not valid.
        """
        return self._lockfile(heal)

    def lockfile_at(self, name: str) -> Lockfile:
        """Return the lockfile in the file *name*, or as it was at a git revision.

        Raises:
            ImagelockError: there is no such file or revision, or it is not valid.
        """
        if (path := self.root / name).is_file() or (path := Path(name)).is_file():
            data = _bytes(path)
        else:
            data = git.show(self.root, name, str(LOCKFILE))
        try:
            return read(_text(data))
        except ImagelockError as error:
            error.add_note(f"in `{name}`")
            raise

    def sightings(self) -> Sightings:
        """Return what is known of digests that are not locked yet.

        Raises:
            ImagelockError: the file about it cannot be read or used.
        """
        from imagelock.lockfile.sightings import SIGHTINGS_FILE, read_sightings  # noqa: PLC0415 - few commands ask

        is_there = (self.root / SIGHTINGS_FILE).is_file()
        return read_sightings(self.content(SIGHTINGS_FILE)) if is_there else {}

    def save_sightings(self, sightings: Sightings) -> None:
        """Keep *sightings* for the next run; no file is made for none.

        Raises:
            UnreadableFileError: they cannot be written.
        """
        from imagelock.lockfile.sightings import SIGHTINGS_FILE, write_sightings  # noqa: PLC0415 - few commands ask

        path = self.root / SIGHTINGS_FILE
        if not sightings and not path.is_file():
            return
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            message = f"`{SIGHTINGS_FILE.parent}` cannot be made: {reason(error)}"
            raise UnreadableFileError(message) from error
        self.write(SIGHTINGS_FILE, write_sightings(sightings).encode())

    def earlier_digests(self) -> dict[Reference, set[Digest]]:
        """Return the digests that each reference had in the latest commits.

        Nothing where git cannot tell; lockfiles that cannot be read are left out.
        """
        earlier: dict[Reference, set[Digest]] = {}
        for revision in git.revisions(self.root, str(LOCKFILE), _COMMITS):
            with suppress(ImagelockError):
                for key, image in self.lockfile_at(revision).images.items():
                    earlier.setdefault(key, set()).add(image.digest)
        return earlier

    def is_saved(self, lockfile: Lockfile) -> bool:
        """Tell whether the file on disk is *lockfile*, to the byte."""
        path = self.root / LOCKFILE
        return path.is_file() and _bytes(path) == write(lockfile).encode()

    def save(self, lockfile: Lockfile) -> bool:
        """Write the lockfile if it changed; tell whether it did.

        Raises:
            LockfileError: it cannot be written; the old one is whole.
        """
        from imagelock.project.atomic_write import write_atomically  # noqa: PLC0415 - few verbs do

        path = self.root / LOCKFILE
        try:
            return write_atomically(path, write(lockfile).encode())
        except OSError as error:
            raise LockfileError(
                f"cannot write `{LOCKFILE}`: {reason(error)}",
                hint="the old lockfile is unchanged; make its folder writable,"
                " or free some space",
            ) from error

    def _lockfile(self, parse: Callable[[str], Lockfile]) -> Lockfile | None:
        path = self.root / LOCKFILE
        if not path.exists():
            return None
        try:
            return parse(_text(_bytes(path)))
        except LockfileError as error:
            error.add_note(f"in `{LOCKFILE}`")
            raise


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the lockfile cannot be read: {reason(error)}"
        raise LockfileError(message) from error


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the lockfile is not UTF-8: byte {error.start} cannot be read"
        raise LockfileError(message) from error
