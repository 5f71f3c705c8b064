"""Files with what earlier runs read, in a folder of the user's own.

Whoever could write there could decide what a project seems to name. A file counts
only if it belongs to the user and nobody else can read or write it, which no checkout
can make one of, and only outside of the project.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress

from imagelock.blake2 import blake2b
from imagelock.dataclass import dataclass
from imagelock.errors import reason
from imagelock.light_typing import TYPE_CHECKING, Final, Self
from imagelock.user_cache import user_cache
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

_LARGEST: Final = 256 * 1024 * 1024
"""In bytes: some 500,000 files. What is larger is neither written nor read."""
_MOST_FILES: Final = 1000
_MOST_BYTES: Final = 512 * 1024 * 1024
"""The bounds of the folder; the files that were used last are kept."""
_ENDING: Final = ".json"
_TEMPORARY: Final = ".new"
_DAY: Final = 24 * 3600
_ABANDONED: Final = 3600
"""In seconds. A temporary file that is older was left by a run that was killed."""
_OTHERS: Final = 0o077


class UnusableCacheError(Exception):
    """The cache cannot be used; the message continues "the cache is not used: "."""


def is_in_checkout(folder: Path, root: Path) -> bool:
    """Return whether *folder* is in the project at *root*, or the work tree around it.

    Jobs keep folders of the checkout, where a pull request can put files as well.
    """
    top = os.path.realpath(work_tree(root) or root).rstrip(os.sep)
    return f"{os.path.realpath(folder)}{os.sep}".startswith(f"{top}{os.sep}")


@dataclass(frozen=True, slots=True)
class CacheUse:
    """The *folder* of caches; `trace` takes lines about what is wrong with them."""

    folder: Path
    trace: Callable[[str], None]

    @classmethod
    def of_user(
        cls, environment: Mapping[str, str], trace: Callable[[str], None]
    ) -> Self | None:
        """Return the caches of the user, if there is a place for them."""
        folder = user_cache(environment)
        return cls(folder / "files", trace) if folder else None

    def documents(self, root: Path) -> Path | None:
        """Return the folder for documents of registries, unless it is in a checkout.

        *root* is that of the project.
        """
        folder = self.folder.parent / "documents"
        return None if is_in_checkout(folder, root) else folder


@dataclass(frozen=True, slots=True)
class CacheFile:
    """The file for one project and one set of options, which *key* stands for."""

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / f"{self.key}{_ENDING}"

    def lines(self) -> Iterator[str]:
        """Yield the lines that were saved last; none if there are none.

        They only count if no error follows them.

        Raises:
            UnusableCacheError: they are not as they were saved, or others could have
                written them.
        """
        try:
            _check(os.lstat(self.folder), stat.S_ISDIR)
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
            flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            descriptor = os.open(self.path, flags)
            with open(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                _check(status, stat.S_ISREG)
                if time.time() - status.st_mtime > _DAY:
                    os.utime(self.path, follow_symlinks=False)
                if status.st_size > _LARGEST:
                    raise UnusableCacheError("it is too large")
                yield from self._checked(file)
        except FileNotFoundError:
            return
        except OSError as error:
            raise UnusableCacheError(reason(error)) from error

    def save(self, lines: Iterable[str]) -> None:
        """Replace the file with *lines*, and delete old files of other projects.

        Raises:
            UnusableCacheError: it cannot be written.
        """
        new = self.folder / f"{self.key}.{os.getpid()}{_TEMPORARY}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check(os.lstat(self.folder), stat.S_ISDIR)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with open(os.open(new, flags, 0o600), "wb") as file:
                self._write(file, lines)
            os.replace(new, self.path)
        except (OSError, UnusableCacheError) as error:
            with suppress(OSError):
                os.unlink(new)
            if isinstance(error, OSError):
                raise UnusableCacheError(reason(error)) from error
            raise
        _delete_old(self.folder)

    def _write(self, file: BinaryIO, lines: Iterable[str]) -> None:
        checksum = self._checksum()
        for line in lines:
            data = line.encode("ascii")
            checksum.update(data)
            file.write(data)
            if file.tell() > _LARGEST:
                raise UnusableCacheError("it would be too large")
        file.write(checksum.hexdigest().encode("ascii"))

    def _checked(self, file: BinaryIO) -> Iterator[str]:
        """Yield the lines of *file* but the last, which is their checksum."""
        checksum = self._checksum()
        line = b""
        for line in file:
            if line.endswith(b"\n"):
                checksum.update(line)
                yield line.decode("ascii", "replace").removesuffix("\n")
        if line != checksum.hexdigest().encode("ascii"):
            raise UnusableCacheError("it is damaged")

    def _checksum(self) -> blake2b:
        return blake2b(self.key.encode("ascii"), digest_size=16)


def _check(status: os.stat_result, is_kind: Callable[[int], bool]) -> None:
    if not is_kind(status.st_mode):
        raise UnusableCacheError("it is not what imagelock writes")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise UnusableCacheError("it belongs to another user")
    forbidden = 0o022 if stat.S_ISDIR(status.st_mode) else _OTHERS
    if status.st_mode & forbidden:
        raise UnusableCacheError("other users may change it")


def keep_latest(
    entries: Iterable[os.DirEntry[str]], most_files: int, most_bytes: int
) -> None:
    """Delete the files *entries* but for those that were written last.

    At most *most_files* are left, with at most *most_bytes* together. What cannot be
    looked at or deleted stays.
    """
    files = []
    for entry in entries:
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            files.append((status.st_mtime, status.st_size, entry.path))
    total = 0
    for number, (_, size, path) in enumerate(sorted(files, reverse=True)):
        total += size
        if number >= most_files or total > most_bytes:
            with suppress(OSError):
                os.unlink(path)


def _delete_old(folder: Path) -> None:
    """Delete the files that are too many, and what killed runs left."""
    with suppress(OSError), os.scandir(folder) as entries:
        named = [*entries]
        keep_latest(
            (each for each in named if each.name.endswith(_ENDING)),
            _MOST_FILES,
            _MOST_BYTES,
        )
        for entry in named:
            if entry.name.endswith(_TEMPORARY):
                _delete_if_abandoned(entry)


def _delete_if_abandoned(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED:
            os.unlink(entry)
