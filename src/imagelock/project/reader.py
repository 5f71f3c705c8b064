"""Read the files of a project with the sources for their formats."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError, reason
from imagelock.model.occurrence import Judgement, Occurrence, Place, Reason, Skipped
from imagelock.model.source_text import Text
from imagelock.model.span import Span
from imagelock.project.boundary import check_inside
from imagelock.project.hidden_characters import find_hidden_characters
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.source_selection import SourceSelection
from imagelock.project.suppressions import suppression_comments
from imagelock.sources.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.sources.catalog import CatalogEntry

LARGEST_FILE: Final = 16 * 1024 * 1024
"""In bytes. The largest manifests that people write have a tenth of this."""

_HEAD: Final = 64 * 1024
"""Bytes of a larger file that are read, to find out whether a source reads it."""


@dataclass(frozen=True, slots=True)
class _File:
    path: PurePosixPath
    text: Text
    source: CatalogEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the files below *root*, each at most once.

    `variables` are those of the settings; `environment` is the caller's, empty
    unless the user allows it. `edited` is the new content of files that are about
    to change, which takes precedence over the disk. `source_selection` decides
    which source reads a file, and `optional_sources` are read in addition.
    `file_findings` are findings about the files themselves: hidden characters and
    invalid comments.
    """

    root: Path
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    source_selection: SourceSelection = field(default_factory=SourceSelection)
    optional_sources: OptionalSources = field(default_factory=OptionalSources)
    file_findings: list[Finding] = field(default_factory=list)
    _texts: dict[PurePosixPath, Text | None] = field(default_factory=dict, repr=False)

    def read(
        self,
        paths: Iterable[PurePosixPath],
        *,
        named: frozenset[PurePosixPath] = frozenset(),
    ) -> list[Found]:
        """Return everything that the files at *paths* name, sorted by place.

        A file that cannot be read is among the results (`Reason.UNPARSEABLE`),
        and so is a *named* file, one the user asked for, of an unknown format
        (`Reason.NO_SOURCE`). That is no error: pre-commit names whatever changed.
        """
        files: list[_File] = []
        found: list[Found] = []
        for path in paths:
            try:
                file = self._open(path)
            except UnreadableFileError as error:
                found.append(
                    _skipped_file(path, Reason.UNPARSEABLE, str(error), error.hint)
                )
                continue
            if file is not None:
                files.append(file)
            elif path in named:
                hint = "imagelock recognises files by their names and their first keys"
                detail = "no source reads this file"
                found.append(_skipped_file(path, Reason.NO_SOURCE, detail, hint))
        found += self._find(files)
        for file in files:
            self.file_findings.extend(find_hidden_characters(file.path, file.text))
        return self._apply_comments(_merge(found), files)

    def _find(self, files: list[_File]) -> Iterator[Found]:
        """Yield the results of match rules, of sources, and of opt-in readers.

        Those of opt-in readers are left out where another reader found something.
        """
        replaced = self._replaced(files)
        for file in files:
            taken: set[tuple[PurePosixPath, Span]] = set()
            context = self._context(frozenset(replaced.get(file.path, ())))
            certain = self.optional_sources.match_rules(file.path, file.text)
            if file.source:
                certain = chain(
                    certain, file.source.find(file.path, file.text, context)
                )
            for found in certain:
                taken.add((found.place.path, found.place.span))
                yield found
            name = file.source.name if file.source else ""
            for found in self.optional_sources.embedded_and_guesses(
                file.path, file.text, name
            ):
                if (found.place.path, found.place.span) not in taken:
                    taken.add((found.place.path, found.place.span))
                    yield found

    def _apply_comments(
        self, everything: list[Found], files: list[_File]
    ) -> list[Found]:
        """Return *everything* with the suppression comments in its files applied."""
        paths = {file.path for file in files}
        paths.update(found.place.path for found in everything)
        texts = {path: self._texts.get(path) for path in sorted(paths)}
        comments_in = {
            path: suppression_comments(path, text)
            for path, text in texts.items()
            if text
        }
        for file_comments in comments_in.values():
            self.file_findings.extend(file_comments.problems)
        return [
            comments_in[found.place.path].apply(found)
            if found.place.path in comments_in
            else found
            for found in everything
        ]

    def _replaced(self, files: list[_File]) -> dict[PurePosixPath, set[str]]:
        """Return for each file the image names that other files replace in it."""
        replaced: dict[PurePosixPath, set[str]] = {}
        context = self._context(frozenset())
        for file in files:
            if file.source is None:
                continue
            replacements = file.source.replacements(file.path, file.text, context)
            for path, name in replacements:
                replaced.setdefault(path, set()).add(name)
        return replaced

    def _context(self, replaced: frozenset[str]) -> Context:
        return Context(
            read=self._read_other,
            platforms=self.platforms,
            variables=self.variables,
            environment=self.environment,
            replaced=replaced,
        )

    def _open(self, path: PurePosixPath) -> _File | None:
        """Return the file with the source that reads it, or `None` if none does."""
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
        self._texts[path] = text
        return _File(path, text, source)

    def _bytes(self, path: PurePosixPath) -> tuple[bytes, bool]:
        """Return the bytes of a file, and whether they are all.

        Of a file that is too large, they are the head.
        """
        if (data := self.edited.get(path)) is not None:
            return data, True
        full = self.root / path
        check_inside(self.root, path)
        try:
            status = full.stat()
            if not stat.S_ISREG(status.st_mode):
                kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
                raise UnreadableFileError(f"is {kind}")
            whole = status.st_size <= LARGEST_FILE
            with full.open("rb") as file:
                return file.read(LARGEST_FILE + 1 if whole else _HEAD), whole
        except OSError as error:
            raise UnreadableFileError(f"cannot be read: {reason(error)}") from error

    def _read_other(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file that a source asks for."""
        path = PurePosixPath(os.path.normpath(path))
        if path.is_absolute() or ".." in path.parts:
            return None
        if path not in self._texts:
            try:
                data, whole = self._bytes(path)
                self._texts[path] = Text.decode(data) if whole else None
            except UnreadableFileError:
                self._texts[path] = None
        return self._texts[path]


def _skipped_file(
    path: PurePosixPath, reason: Reason, detail: str, hint: str | None
) -> Skipped:
    place = Place(
        path=path, span=Span(0, 0, 1, 1), text="", format="unknown", uses=("",)
    )
    return Skipped(place=place, reason=reason, detail=detail, hint=hint)


def _merge(everything: Iterable[Found]) -> list[Found]:
    """Sort by place, and drop duplicates.

    A file that another file includes is read twice, by itself and as included. A
    place that is a reference in one reading is not "skipped" because the other
    lacks a variable.
    """
    occurrences = {
        (found.place.path, found.place.span, found.reference): found
        for found in everything
        if isinstance(found, Occurrence)
    }
    taken = {(path, span) for path, span, _ in occurrences}
    skipped = {
        (found.place.path, found.place.span, found.reason): found
        for found in everything
        if isinstance(found, Skipped)
        and (
            found.reason.judgement is Judgement.UNREADABLE
            or (found.place.path, found.place.span) not in taken
        )
    }
    merged: list[Found] = [*occurrences.values(), *skipped.values()]
    return sorted(merged, key=lambda found: (found.place.path, found.place.span))
