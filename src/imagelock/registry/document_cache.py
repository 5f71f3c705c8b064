"""Documents of images that earlier runs fetched, by their digests.

What is at a digest never changes, and its bytes are hashed when they are read: whoever
writes into the folder can remove documents, and not forge one.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from imagelock.cache_storage import keep_latest
from imagelock.dataclass import dataclass
from imagelock.model.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST: Final = 4 * 1024 * 1024
"""In bytes, as the largest answer of a registry."""
_MOST_FILES: Final = 10_000
_MOST_BYTES: Final = 256 * 1024 * 1024
"""The bounds of the folder; the documents that were written last are kept."""


@dataclass(frozen=True, slots=True)
class DocumentCache:
    """The documents in *folder*, which need not exist yet; `None` keeps nothing.

    What cannot be read or written is not there: a cache is never a reason to fail.
    """

    folder: Path | None = None

    def get(self, digest: Digest) -> bytes | None:
        """Return the document at *digest*, if it is there as it was fetched."""
        if self.folder is None:
            return None
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            with open(os.open(self._path(self.folder, digest), flags), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return None
                body = file.read(_LARGEST + 1)
        except OSError:
            return None
        return body if Digest.of(body, digest.algorithm) == digest else None

    def put(self, digest: Digest, body: bytes) -> None:
        """Keep *body*, which is at *digest*."""
        if self.folder is None or len(body) > _LARGEST:
            return
        path = self._path(self.folder, digest)
        new = path.with_suffix(f".{os.getpid()}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(new, flags, 0o600), "wb") as file:
                file.write(body)
            os.replace(new, path)
        except OSError:
            with suppress(OSError):
                os.unlink(new)

    def delete_old(self) -> None:
        """Delete the documents that are too many, or together too large."""
        if self.folder is None:
            return
        with suppress(OSError), os.scandir(self.folder) as entries:
            keep_latest(entries, _MOST_FILES, _MOST_BYTES)

    @staticmethod
    def _path(folder: Path, digest: Digest) -> Path:
        return folder / f"{digest.algorithm}-{digest.encoded}"
