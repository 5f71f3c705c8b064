"""What the content of a file is known by."""

from __future__ import annotations

import os
import time
from pathlib import PurePosixPath

from imagelock.blake2 import blake2b
from imagelock.dataclass import dataclass, field
from imagelock.errors import UnreadableFileError
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.project.boundary import NoFileError, is_absent
from imagelock.project.file_content import read_content
from imagelock.project.file_statuses import status_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imagelock.project.file_content import FileContent
    from imagelock.project.file_statuses import FileStatuses, Status

ABSENT: Final = "-"
FOLDER: Final = "/"
UNREADABLE: Final = "!"

_FINE: Final = 100_000_000
_COARSE: Final = 2_000_000_000
"""In nanoseconds. A file that was written so shortly before it was read may change
again without another time: FAT counts in units of two seconds."""


def of_bytes(data: bytes) -> str:
    """Return what *data* is known by."""
    return blake2b(data, digest_size=20).hexdigest()


@dataclass(slots=True, kw_only=True)
class Fingerprints:
    """What the files below *root* are known by: a hash of their bytes.

    A file is not read again if its status is what it was when its hash was taken.
    `edited` is the new content of files, which takes precedence over the disk.
    `on_disk` has what the file system says, and may have been asked before.
    `current` and `statuses` are what was found out so far, by path.
    """

    root: Path
    edited: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    on_disk: FileStatuses
    current: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    _started: int = field(default_factory=time.time_ns)
    _inside: dict[str, bool] = field(default_factory=dict)

    def of(self, name: str, known: str = "", status: Status = "") -> str:
        """Return the hash of the file *name*, or `ABSENT`, `FOLDER`, `UNREADABLE`.

        *known* is the hash that it had with *status*.
        """
        if name not in self.current:
            fingerprint = self._by_status(name, known, status)
            self.current[name] = fingerprint or self._by_content(PurePosixPath(name))
        return self.current[name]

    def add(self, path: PurePosixPath, content: FileContent) -> None:
        """Add what was read of the file at *path*."""
        name = str(path)
        self.current[name] = of_bytes(content.data) if content.is_whole else UNREADABLE
        self.statuses.pop(name, None)
        if content.status is not None and self._is_old_enough(content.status):
            self.statuses[name] = status_of(content.status)

    def _by_status(self, name: str, known: str, status: Status) -> str:
        """Return what the file *name* is by its status, empty if that does not tell."""
        if self.edited and PurePosixPath(name) in self.edited:
            return ""
        try:
            # A link has none: it is followed with the care that it needs.
            found = self.on_disk.of_file(name)
        except OSError as error:
            return ABSENT if is_absent(error) else UNREADABLE
        is_same = found and found == status and self._is_inside(name)
        return known if is_same else ""

    def _by_content(self, path: PurePosixPath) -> str:
        try:
            self.add(path, read_content(self.root, path, self.edited))
        except NoFileError:
            return ABSENT
        except UnreadableFileError:
            return FOLDER if os.path.isdir(self.root / path) else UNREADABLE
        return self.current[str(path)]

    def _is_inside(self, name: str) -> bool:
        """Return whether no folder on the way to *name* is a link."""
        folder = name.rpartition("/")[0]
        if (is_inside := self._inside.get(folder)) is None:
            is_inside = not folder or (
                self.on_disk.links(folder) > 0 and self._is_inside(folder)
            )
            self._inside[folder] = is_inside
        return is_inside

    def _is_old_enough(self, status: os.stat_result) -> bool:
        newest = max(status.st_mtime_ns, status.st_ctime_ns)
        margin = _FINE if newest % 1_000_000_000 else _COARSE
        return newest < self._started - margin
