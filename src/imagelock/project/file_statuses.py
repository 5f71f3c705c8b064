"""What the file system says of the files below a folder, asked once in a run."""

from __future__ import annotations

import os
import stat

from imagelock.dataclass import dataclass, field

Status = str
"""Device, inode, size, and the times of the content and of the status.

Nobody can set the last back, whatever they do with a file.
"""


def status_of(found: os.stat_result) -> Status:
    """Return the status in *found*, which the file system says of a file."""
    return "%d.%d.%d.%d.%d" % (  # noqa: UP031 - for each file, and half the time
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


@dataclass(slots=True)
class FileStatuses:
    """The statuses of files, and the links of folders, below the folder `top`.

    Names are relative to `top`. Where most files have not changed, asking the file
    system is a tenth of a run: what looked for files has asked already.
    """

    top: str
    _files: dict[str, Status] = field(default_factory=dict)
    _links: dict[str, int] = field(default_factory=dict)

    def mode(self, name: str) -> int:
        """Return the mode of *name*, and remember the status of a regular file.

        Raises:
            OSError: there is no file of that name, or it cannot be looked at.
        """
        found = os.lstat(f"{self.top}/{name}")
        if stat.S_ISREG(found.st_mode):
            self._files[name] = status_of(found)
        return found.st_mode

    def of_file(self, name: str) -> Status:
        """Return the status of *name*, empty if it is no regular file.

        Raises:
            OSError: there is no file of that name, or it cannot be looked at.
        """
        if name not in self._files:
            self.mode(name)
        return self._files.pop(name, "")  # nobody asks again

    def links(self, folder: str) -> int:
        """Return how many links *folder* has, 0 if there is no folder of that name.

        One is that in the folder above, another is its own, and each folder in it has
        one. Some file systems say the same number of all folders.
        """
        if (count := self._links.get(folder)) is None:
            try:
                found = os.lstat(f"{self.top}/{folder}")
                count = found.st_nlink if stat.S_ISDIR(found.st_mode) else 0
            except OSError:
                count = 0
            self._links[folder] = count
        return count
