"""Open files of a project: decide which source reads each, and decode it."""

from __future__ import annotations

import os

from imagelock.dataclass import dataclass, field
from imagelock.errors import UnreadableFileError
from imagelock.light_typing import TYPE_CHECKING
from imagelock.model.source_text import Text
from imagelock.project.boundary import NoFileError
from imagelock.project.file_content import LARGEST_FILE, read_content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

    from imagelock.project.cache.reading_cache import ReadingCache
    from imagelock.project.file_content import FileContent
    from imagelock.project.optional_sources import OptionalSources
    from imagelock.project.source_selection import SourceSelection
    from imagelock.sources.catalog import CatalogEntry


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file with the source that reads it; none if only optional sources do."""

    path: PurePosixPath
    source: CatalogEntry | None
    opener: FileOpener

    @property
    def source_name(self) -> str:
        """The name of the source, empty if there is none."""
        return self.source.name if self.source else ""

    @property
    def text(self) -> Text:
        """What it says.

        Raises:
            UnreadableFileError: it cannot be read any more.
        """
        return self.opener.text(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpener:
    """Opens the files below *root*, each at most once.

    `edited` is the new content of files that are about to change, which takes
    precedence over the disk. `cache` has what earlier runs found out, so that files
    need not be read. `texts` are the texts so far, and `problems` why other files that
    a source asked for cannot be read.
    """

    root: Path
    edited: Mapping[PurePosixPath, bytes]
    source_selection: SourceSelection
    optional_sources: OptionalSources
    cache: ReadingCache | None = None
    texts: dict[PurePosixPath, Text | None] = field(default_factory=dict, repr=False)
    problems: dict[PurePosixPath, UnreadableFileError] = field(
        default_factory=dict, repr=False
    )

    def open(self, path: PurePosixPath) -> OpenFile | None:
        """Return the file with the source that reads it, or `None` if none does.

        Raises:
            UnreadableFileError: it cannot be read, or is too large.
        """
        name = self.cache.source(path) if self.cache else None
        if name is False:
            return None
        source = self.source_selection.named(name) if name else None
        if source is not None or name == "":
            return OpenFile(path, source, self)
        candidates = self.source_selection.candidates(path)
        is_wanted = self.optional_sources.wants(path)
        if not candidates and not is_wanted:
            return None
        file = self._read(path, candidates, is_wanted=is_wanted)
        if self.cache:
            self.cache.keep_source(path, file.source_name if file else None)
        return file

    def _read(
        self, path: PurePosixPath, candidates: list[CatalogEntry], *, is_wanted: bool
    ) -> OpenFile | None:
        content = self._content(path)
        try:
            text = Text.decode(content.data)
        except UnreadableFileError:
            # A binary file is a problem only if its name alone calls for reading it.
            if is_wanted or self.source_selection.choose(path, "", candidates):
                raise
            return None
        source = self.source_selection.choose(path, text.value, candidates)
        if source is None and not is_wanted:
            return None
        if not content.is_whole:
            limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
            raise UnreadableFileError(f"is larger than {limit}", hint="exclude it")
        self.texts[path] = text
        return OpenFile(path, source, self)

    def read_other(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file that a source asks for, if there is one.

        *path* is normalised. What a file says that cannot be read would be missing in
        silence: it is a problem, too.
        """
        if path not in self.texts:
            self.texts[path] = None
            try:
                content = self._content(path)
                if content.is_whole:
                    self.texts[path] = Text.decode(content.data)
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
                content = self._content(path)
                return Text.decode(content.data) if content.is_whole else None
            except UnreadableFileError:
                return None
        return self.texts[path]

    def text(self, path: PurePosixPath) -> Text:
        """Return the text of a file that was opened.

        Raises:
            UnreadableFileError: it cannot be read any more.
        """
        text = self.texts.get(path)
        if text is None:
            text = self.texts[path] = Text.decode(self._content(path).data)
        return text

    def _content(self, path: PurePosixPath) -> FileContent:
        content = read_content(self.root, path, self.edited)
        if self.cache:
            self.cache.add(path, content)
        return content
