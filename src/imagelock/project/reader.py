"""Read the files of a project with the sources that know their formats."""

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
from imagelock.project.hidden_characters import hidden
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.source_selection import SourceSelection
from imagelock.project.suppressions import comments
from imagelock.sources.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.sources.catalog import CatalogEntry

LARGEST_FILE: Final = 16 * 1024 * 1024
"""In bytes. The largest manifests that people write are a tenth of this."""

_LOOK: Final = 64 * 1024
"""How many bytes of a larger file are looked at to tell whether it matters."""


@dataclass(frozen=True, slots=True)
class _File:
    path: PurePosixPath
    text: Text
    source: CatalogEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the files below *root*, each at most once.

    `variables` are those of the configuration; `environment` is the caller's,
    empty unless it may decide what files mean. `edited` are the bytes that some
    files will have, which count instead of those on disk. `choice` says which
    source reads a file, and `extras` what else is read. `file_findings` are what is to
    be said of the files themselves: hidden characters, comments that are not
    understood.
    """

    root: Path
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    choice: SourceSelection = field(default_factory=SourceSelection)
    extras: OptionalSources = field(default_factory=OptionalSources)
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
        and so is one of no known format that the user *named*.
        """
        files: list[_File] = []
        found: list[Found] = []
        for path in paths:
            try:
                file = self._open(path)
            except UnreadableFileError as error:
                found.append(_unreadable(path, str(error), error.hint))
                continue
            if file is not None:
                files.append(file)
            elif path in named:
                hint = "imagelock knows files by their names and their first keys"
                found.append(_unreadable(path, "no source reads this file", hint))
        found += self._find(files)
        for file in files:
            self.file_findings.extend(hidden(file.path, file.text))
        return self._commented(_merged(found), files)

    def _find(self, files: list[_File]) -> Iterator[Found]:
        """Yield what the project says itself, what sources find, and guesses.

        A guess does not count where something is known already.
        """
        replaced = self._replaced(files)
        for file in files:
            known: set[tuple[PurePosixPath, Span]] = set()
            context = self._context(frozenset(replaced.get(file.path, ())))
            sure = self.extras.named(file.path, file.text)
            if file.source:
                sure = chain(sure, file.source.find(file.path, file.text, context))
            for one in sure:
                known.add((one.place.path, one.place.span))
                yield one
            name = file.source.name if file.source else ""
            for one in self.extras.more(file.path, file.text, name):
                if (one.place.path, one.place.span) not in known:
                    known.add((one.place.path, one.place.span))
                    yield one

    def _commented(self, found: list[Found], files: list[_File]) -> list[Found]:
        """Return *found* as the comments in the files leave it."""
        paths = {file.path for file in files} | {one.place.path for one in found}
        texts = {path: self._texts.get(path) for path in sorted(paths)}
        marks = {path: comments(path, text) for path, text in texts.items() if text}
        for of_file in marks.values():
            self.file_findings.extend(of_file.problems)
        return [
            marks[one.place.path].applied(one) if one.place.path in marks else one
            for one in found
        ]

    def _replaced(self, files: list[_File]) -> dict[PurePosixPath, set[str]]:
        """Return, for each file, the names that other files replace in it."""
        replaced: dict[PurePosixPath, set[str]] = {}
        context = self._context(frozenset())
        for file in files:
            if file.source is None:
                continue
            others = file.source.replacements(file.path, file.text, context)
            for path, name in others:
                replaced.setdefault(path, set()).add(name)
        return replaced

    def _context(self, replaced: frozenset[str]) -> Context:
        return Context(
            read=self._other,
            platforms=self.platforms,
            variables=self.variables,
            environment=self.environment,
            replaced=replaced,
        )

    def _open(self, path: PurePosixPath) -> _File | None:
        """Return the file with the source that reads it, or `None` if none does."""
        candidates = self.choice.candidates(path)
        wanted = self.extras.wants(path)
        if not candidates and not wanted:
            return None
        data, whole = self._bytes(path)
        try:
            text = Text.decode(data)
        except UnreadableFileError:
            # Only what is known by its name alone is worth a finding.
            if wanted or self.choice.choose(path, "", candidates):
                raise
            return None
        source = self.choice.choose(path, text.value, candidates)
        if source is None and not wanted:
            return None
        if not whole:
            limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
            raise UnreadableFileError(f"is larger than {limit}", hint="exclude it")
        self._texts[path] = text
        return _File(path, text, source)

    def _bytes(self, path: PurePosixPath) -> tuple[bytes, bool]:
        """Return the bytes of a file, or its first ones if it is too large."""
        if (data := self.edited.get(path)) is not None:
            return data, True
        full = self.root / path
        try:
            status = full.stat()
            if not stat.S_ISREG(status.st_mode):
                kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
                raise UnreadableFileError(f"is {kind}")
            whole = status.st_size <= LARGEST_FILE
            with full.open("rb") as file:
                return file.read(LARGEST_FILE + 1 if whole else _LOOK), whole
        except OSError as error:
            raise UnreadableFileError(f"cannot be read: {reason(error)}") from error

    def _other(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file of the project, for a source."""
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


def _unreadable(path: PurePosixPath, detail: str, hint: str | None = None) -> Skipped:
    place = Place(
        path=path, span=Span(0, 0, 1, 1), text="", format="unknown", uses=("",)
    )
    return Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail, hint=hint)


def _merged(found: Iterable[Found]) -> list[Found]:
    """Sort by place, and let each thing that was found in two ways stand once.

    A file that another one includes is read in both ways: what is a reference in
    one of them is not "skipped" because the other lacks a variable.
    """
    occurrences = {
        (f.place.path, f.place.span, f.reference): f
        for f in found
        if isinstance(f, Occurrence)
    }
    known = {(path, span) for path, span, _ in occurrences}
    skipped = {
        (f.place.path, f.place.span, f.reason): f
        for f in found
        if isinstance(f, Skipped)
        and (
            f.reason.judgement is Judgement.UNREADABLE
            or (f.place.path, f.place.span) not in known
        )
    }
    everything: list[Found] = [*occurrences.values(), *skipped.values()]
    return sorted(everything, key=lambda f: (f.place.path, f.place.span))
