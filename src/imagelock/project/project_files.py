"""A project on disk: its files, the references in them, and its lockfile."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.config.image_rules import ImageRules
from imagelock.dataclass import dataclass, field
from imagelock.errors import (
    ImagelockError,
    LockfileError,
    UnreadableFileError,
    UsageError,
    reason,
)
from imagelock.lockfile.conflict import heal
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.lockfile.reader import read
from imagelock.lockfile.writer import write
from imagelock.model.finding import Rule, Severity
from imagelock.model.platform import Platform
from imagelock.project import git
from imagelock.project.boundary import (
    check_named,
    path_from,
    read_inside,
    write_inside,
)
from imagelock.project.scan import Scanner
from imagelock.text_file import decode_utf8, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.config import Config
    from imagelock.lockfile.sightings import Sightings
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.scan import CacheUse, Scan

_COMMITS: Final = 30
"""Commits of the lockfile that are compared: each costs a git process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """The project at *root*, with its settings.

    `config_is_given` is whether the user named the file with the settings.
    `paths`, relative to the root, restrict it to the files that the user named.
    `environment` has variables for the files, and is empty unless the user allows
    the environment to decide about images. `cache` is where to keep what is read.
    `others` are folders of other projects below this one, besides those that are known
    by their files. With `has_members`, these are checked together with it.
    """

    root: Path
    config: Config
    config_is_given: bool = False
    paths: tuple[PurePosixPath, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cache: CacheUse | None = None
    others: tuple[PurePosixPath, ...] = ()
    has_members: bool = False

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
    def image_rules(self) -> ImageRules:
        """The settings for single images."""
        return ImageRules(self.config.images)

    @property
    def _scanner(self) -> Scanner:
        return Scanner(
            root=self.root,
            config=self.config,
            platforms=self.platforms,
            paths=self.paths,
            environment=self.environment,
            cache=self.cache,
            others=self.others,
            has_members=self.has_members,
            # Files of a pull request do not take others out of a check.
            only_members=self.config_is_given,
        )

    def files(self) -> list[PurePosixPath]:
        """Return the paths of all files of the project, sorted."""
        return self._scanner.discovery.files

    def projects_below(self) -> list[PurePosixPath]:
        """Return the folders below the root that are projects of their own, sorted."""
        return self._scanner.projects_below

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
        return self._scanner.read(edited or {}, count_guesses=count_guesses)

    def content(self, path: PurePosixPath) -> bytes:
        """Return the bytes of the file at *path*.

        Raises:
            UnreadableFileError: it cannot be read, or is out of the project.
        """
        return read_inside(self.root, path)

    def write(self, path: PurePosixPath, data: bytes) -> None:
        """Replace the content of the file at *path*, completely or not at all.

        Raises:
            UnreadableFileError: it cannot be written; the old content is unchanged.
        """
        try:
            write_inside(self.root, path, data)
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
            error.add_note(f"in `{name}`")
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
        return is_there and self._lockfile_bytes() == write(lockfile).encode()

    def save(self, lockfile: Lockfile) -> bool:
        """Write the lockfile if it changed; return whether it did.

        Raises:
            LockfileError: it cannot be written; the old one is unchanged.
        """
        try:
            return write_inside(self.root, LOCKFILE, write(lockfile).encode())
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
        if not path.exists():
            return None
        try:
            text = decode_utf8(self._lockfile_bytes(), "the lockfile", LockfileError)
            return parse(text)
        except LockfileError as error:
            error.add_note(f"in `{LOCKFILE}`")
            raise

    def _lockfile_bytes(self) -> bytes:
        return read_bytes(self.root / LOCKFILE, "the lockfile", LockfileError)
