"""Open files of a project: decide which source reads each, and decode it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError, reason
from imagelock.model.source_text import Text
from imagelock.project.boundary import NoFileError, status_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.project.optional_sources import OptionalSources
    from imagelock.project.source_selection import SourceSelection
    from imagelock.sources.catalog import CatalogEntry

LARGEST_FILE: Final = 16 * 1024 * 1024
"""In bytes. The largest manifests that people write have a tenth of this."""

_HEAD: Final = 64 * 1024
"""Bytes of a larger file that are read, to find out whether a source reads it."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file with the source that reads it; none if only optional sources do."""

    path: PurePosixPath
    text: Text
    source: CatalogEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpener:
    """Opens the files below *root*, each at most once.

    `edited` is the new content of files that are about to change, which takes
    precedence over the disk. `texts` are the texts so far, and `problems` why other
    files that a source asked for cannot be read.
    """

    root: Path
    edited: Mapping[PurePosixPath, bytes]
    source_selection: SourceSelection
    optional_sources: OptionalSources
    texts: dict[PurePosixPath, Text | None] = field(default_factory=dict, repr=False)
    problems: dict[PurePosixPath, UnreadableFileError] = field(
        default_factory=dict, repr=False
    )

    def open(self, path: PurePosixPath) -> OpenFile | None:
        """Return the file with the source that reads it, or `None` if none does.

        Raises:
            UnreadableFileError: it cannot be read, or is too large.
        """
        candidates = self.source_selection.candidates(path)
        is_wanted = self.optional_sources.wants(path)
        if not candidates and not is_wanted:
            return None
        data, whole = self._bytes(path)
        try:
            text = Text.decode(data)
        except UnreadableFileError:
            # A binary file is a problem only if its name alone calls for reading it.
            if is_wanted or self.source_selection.choose(path, "", candidates):
                raise
            return None
        source = self.source_selection.choose(path, text.value, candidates)
        if source is None and not is_wanted:
            return None
        if not whole:
            limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
            raise UnreadableFileError(f"is larger than {limit}", hint="exclude it")
        self.texts[path] = text
        return OpenFile(path, text, source)

    def read_other(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file that a source asks for, if there is one.

        What a file says that cannot be read would be missing in silence: it is a
        problem, too.
        """
        path = PurePosixPath(os.path.normpath(path))
        if path.is_absolute() or ".." in path.parts:
            return None
        if path not in self.texts:
            self.texts[path] = None
            try:
                data, whole = self._bytes(path)
                self.texts[path] = Text.decode(data) if whole else None
            except NoFileError:
                pass
            except UnreadableFileError as error:
                if not os.path.isdir(self.root / path):
                    self.problems.setdefault(path, error)
        return self.texts[path]

    def peek(self, path: PurePosixPath) -> Text | None:
        """Return the text of a file that nobody asked for, if it can be read.

        It only helps to tell what others mean: that it cannot be read is no problem.
        """
        if path not in self.texts:
            try:
                data, whole = self._bytes(path)
                return Text.decode(data) if whole else None
            except UnreadableFileError:
                return None
        return self.texts[path]

    def _bytes(self, path: PurePosixPath) -> tuple[bytes, bool]:
        """Return the bytes of a file, and whether they are all.

        Of a file that is too large, they are the head.
        """
        if (data := self.edited.get(path)) is not None:
            return data, True
        status = status_inside(self.root, path)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
            raise UnreadableFileError(f"is {kind}")
        whole = status.st_size <= LARGEST_FILE
        try:
            with (self.root / path).open("rb") as file:
                return file.read(LARGEST_FILE + 1 if whole else _HEAD), whole
        except OSError as error:
            raise UnreadableFileError(f"cannot be read: {reason(error)}") from error
