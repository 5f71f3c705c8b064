"""What scanners printed in earlier runs, in the cache of the user.

A result depends on the manifest, the version of the scanner, its database, and the command
with the ignore files: it is kept under all of them. It is the raw output, which a newer
imagelock reads again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from imagelock.cache_storage import CacheFile, UnusableCacheError
from imagelock.dataclass import dataclass
from imagelock.scanning.program import MOST_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.scanning.scanner import ScanCommand, ScannerState

_FORM: Final = "1"
"""Changes with the form of the files."""


@dataclass(frozen=True, slots=True)
class RawResults:
    """The results of a scanner with one database, in *folder*.

    `identity` stands for the scanner: its name, program, version and database.
    """

    folder: Path
    identity: tuple[str, ...]

    @classmethod
    def of(
        cls, folder: Path | None, name: str, program: Path, state: ScannerState
    ) -> Self | None:
        """Return the results in *folder*; `None` if they cannot be kept.

        Without the name of a database, nothing says when a result is outdated. Versions
        that are built from source are often called alike, so that the program counts.
        """
        if folder is None or not state.database:
            return None
        try:
            status = program.stat()
        except OSError:
            return None
        file = f"{program} {status.st_size} {status.st_mtime_ns}"
        return cls(folder, (name, file, state.version, state.database))

    def get(self, command: ScanCommand) -> bytes | None:
        """Return what *command* printed earlier, if that is known."""
        with suppress(UnusableCacheError, ValueError, binascii.Error, zlib.error):
            for line in self._file(command).lines():
                data = base64.b64decode(line, validate=True)
                return zlib.decompressobj().decompress(data, MOST_BYTES)
        return None

    def keep(self, command: ScanCommand, output: bytes) -> None:
        """Keep what *command* printed, if it can be."""
        line = base64.b64encode(zlib.compress(output)).decode("ascii")
        with suppress(UnusableCacheError):
            self._file(command).save([f"{line}\n"])

    def _file(self, command: ScanCommand) -> CacheFile:
        files = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in command.files.items()
        }
        key = json.dumps(
            [
                _FORM,
                self.identity,
                command.arguments,
                sorted(command.environment.items()),
                sorted(files.items()),
            ]
        )
        return CacheFile(self.folder, hashlib.sha256(key.encode()).hexdigest())
