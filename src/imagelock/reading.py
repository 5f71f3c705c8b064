"""Read the files of a project with the sources that know their formats."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError
from imagelock.occurrence import Judgement, Occurrence, Place, Reason, Skipped
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from imagelock.span import Span
from imagelock.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.occurrence import Found
    from imagelock.platform import Platform
    from imagelock.sources.listed import Listed

LARGEST_FILE: Final = 16 * 1024 * 1024
"""In bytes. The largest manifests that people write are a tenth of this."""

_LOOK: Final = 64 * 1024
"""How many bytes of a larger file are looked at to tell whether it matters."""


@dataclass(frozen=True, slots=True)
class _File:
    path: PurePosixPath
    text: Text
    source: Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the files below *root*, each at most once.

    `variables` are those of the configuration; `environment` is the caller's,
    empty unless it may decide what files mean. `edited` are the bytes that some
    files will have, which count instead of those on disk.
    """

    root: Path
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
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
        return _merged(found)

    def _find(self, files: list[_File]) -> Iterator[Found]:
        replaced = self._replaced(files)
        for file in files:
            context = self._context(frozenset(replaced.get(file.path, ())))
            yield from file.source.find(file.path, file.text, context)

    def _replaced(self, files: list[_File]) -> dict[PurePosixPath, set[str]]:
        """Return, for each file, the names that other files replace in it."""
        replaced: dict[PurePosixPath, set[str]] = {}
        context = self._context(frozenset())
        for file in files:
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
        candidates = [s for s in SOURCES.values() if s.may_match(path)]
        if not candidates:
            return None
        data, whole = self._bytes(path)
        try:
            text = Text.decode(data)
        except UnreadableFileError:
            # Only what a source knows by its name alone is worth a finding.
            if any(source.matches(path, "") for source in candidates):
                raise
            return None
        for source in candidates:
            if source.matches(path, text.value):
                if not whole:
                    limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
                    message = f"is larger than {limit}"
                    raise UnreadableFileError(message, hint="exclude it")
                self._texts[path] = text
                return _File(path, text, source)
        return None

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
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise UnreadableFileError(f"cannot be read: {reason}") from error

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
