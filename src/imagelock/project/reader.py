"""Read the files of a project with the sources for their formats."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError
from imagelock.model.occurrence import Judgement, Occurrence, Place, Reason, Skipped
from imagelock.model.span import Span
from imagelock.project.boundary import NoFileError
from imagelock.project.built_images import without_built
from imagelock.project.file_opener import FileOpener
from imagelock.project.hidden_characters import find_hidden_characters
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.related_files import RelatedFiles
from imagelock.project.source_selection import SourceSelection
from imagelock.project.suppressions import suppression_comments
from imagelock.sources.context import Context, files_among
from imagelock.sources.memory import Memory

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Container,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from pathlib import Path, PurePosixPath

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.project.file_opener import OpenFile
    from imagelock.project.related_files import Reading
    from imagelock.sources.relations import ManifestImage, RemainingImages


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the files below *root*, each at most once.

    `variables` are those of the settings; `environment` is the caller's, empty
    unless the user allows it. `edited` is the new content of files that are about
    to change, which takes precedence over the disk. `source_selection` decides
    which source reads a file, and `optional_sources` are read in addition.
    `file_findings` are findings about the files themselves: hidden characters and
    invalid comments. `list_files` returns all files of the project, sorted; it is
    called if a source asks for those below a folder. `guesses` are the places of
    guesses that are not allowed, if `optional_sources` are to count them.
    """

    root: Path
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    source_selection: SourceSelection = field(default_factory=SourceSelection)
    optional_sources: OptionalSources = field(default_factory=OptionalSources)
    file_findings: list[Finding] = field(default_factory=list)
    list_files: Callable[[], Sequence[PurePosixPath]] = tuple
    guesses: set[tuple[PurePosixPath, Span]] = field(default_factory=set)
    _opener: FileOpener = field(init=False, repr=False)
    _files: list[PurePosixPath] = field(default_factory=list, repr=False)
    _memory: Memory = field(default_factory=Memory, repr=False)

    def __post_init__(self) -> None:
        opener = FileOpener(
            root=self.root,
            edited=self.edited,
            source_selection=self.source_selection,
            optional_sources=self.optional_sources,
        )
        object.__setattr__(self, "_opener", opener)

    def read(
        self,
        paths: Iterable[PurePosixPath],
        *,
        named: frozenset[PurePosixPath] = frozenset(),
        others: Sequence[PurePosixPath] = (),
        unreadable: Mapping[PurePosixPath, UnreadableFileError] | None = None,
    ) -> list[Found]:
        """Return everything that the files at *paths* name, sorted by place.

        A file that cannot be read is among the results (`Reason.UNPARSEABLE`),
        and so is a *named* file, one the user asked for, of an unknown format
        (`Reason.NO_SOURCE`). That is no error: pre-commit names whatever changed.
        *others* are files that only count for what they say about those at *paths*.
        *unreadable* has why folders cannot be listed, which is among the results, too.
        """
        self._opener.problems.update(unreadable or {})
        files, unknown, found = self._open_all(paths, named)
        related = self._related([*files, *self._open_relating(others)])
        parts = [*unknown, *(file.path for file in files)]
        readings = [*self._find(files, related), *self._find_in_wholes(parts, related)]
        named_images = related.drop_parts_alone(readings)
        everything = [*unknown, *(file.path for file in files), *others]
        found += without_built(named_images, related, everything, self._opener)
        found += [
            _unreadable(path, _UNKNOWN, Reason.NO_SOURCE)
            for path in unknown
            if path in named and not any(related.wholes(path))
        ]
        found += [
            _unreadable(path, e) for path, e in sorted(self._opener.problems.items())
        ]
        for file in files:
            self.file_findings.extend(find_hidden_characters(file.path, file.text))
        return self._apply_comments(_merge(found), files)

    def _open_all(
        self, paths: Iterable[PurePosixPath], named: frozenset[PurePosixPath]
    ) -> tuple[list[OpenFile], list[PurePosixPath], list[Found]]:
        """Return the files that a source reads, paths without one, and missing files."""
        files: list[OpenFile] = []
        unknown: list[PurePosixPath] = []
        missing: list[Found] = []
        for path in paths:
            try:
                file = self._opener.open(path)
            except UnreadableFileError as error:
                if isinstance(error, NoFileError) and path not in named:
                    missing.append(_unreadable(path, error, Reason.NO_FILE))
                else:
                    self._opener.problems[path] = error
            else:
                if file is None:
                    unknown.append(path)
                else:
                    files.append(file)
        return files, unknown, missing

    def _find(self, files: list[OpenFile], related: RelatedFiles) -> Iterator[Reading]:
        """Yield the results of match rules, of sources, and of opt-in readers.

        Those of opt-in readers are left out where another reader found something.
        Each comes with the path of the file that was read.
        """
        for file in files:
            taken: set[tuple[PurePosixPath, Span]] = set()
            context = self._context(
                related.replaced(file.path), related.changed(file.path)
            )
            certain = self.optional_sources.match_rules(file.path, file.text)
            if file.source:
                certain = chain(
                    certain, file.source.find(file.path, file.text, context)
                )
            for found in map(self.optional_sources.allowed, certain):
                taken.add((found.place.path, found.place.span))
                yield file.path, found
            name = file.source.name if file.source else ""
            for found in self.optional_sources.embedded_and_guesses(
                file.path, file.text, name
            ):
                if (found.place.path, found.place.span) not in taken:
                    taken.add((found.place.path, found.place.span))
                    yield file.path, found
            for found in self.optional_sources.guesses_in(file.path, file.text, name):
                self.guesses.add((found.place.path, found.place.span))
            self.guesses.difference_update(taken)

    def _apply_comments(
        self, everything: list[Found], files: list[OpenFile]
    ) -> list[Found]:
        """Return *everything* with the suppression comments in its files applied."""
        paths = {file.path for file in files}
        paths.update(found.place.path for found in everything)
        texts = {path: self._opener.texts.get(path) for path in sorted(paths)}
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

    def _find_in_wholes(
        self, parts: Iterable[PurePosixPath], related: RelatedFiles
    ) -> Iterator[Reading]:
        """Yield what *parts* name if they are parts of files that are not among them."""
        paths = set(parts)
        wholes = {whole for path in paths for whole in related.wholes(path)}
        opened = [self._opener.open(path) for path in sorted(wholes - paths)]
        for path, found in self._find([file for file in opened if file], related):
            if found.place.path in paths:
                yield path, found

    def _open_relating(self, paths: Iterable[PurePosixPath]) -> Iterator[OpenFile]:
        """Yield the files at *paths* that can say something about others.

        One that cannot be read is reported where it is asked for itself.
        """
        for path in paths:
            candidates = self.source_selection.candidates(path)
            if any(source.is_relating for source in candidates):
                with suppress(UnreadableFileError):
                    if (file := self._opener.open(path)) is not None:
                        yield file

    def _related(self, files: Iterable[OpenFile]) -> RelatedFiles:
        context = self._context()
        relating = {
            file.path: (file.source, file.text)
            for file in files
            if file.source is not None and file.source.is_relating
        }

        def remaining(path: PurePosixPath) -> RemainingImages:
            source, text = relating[path]
            return source.remaining(path, text, context)

        related = RelatedFiles(remaining)
        for path, (source, text) in relating.items():
            related.add(path, source.relations(path, text, context))
        return related

    def _context(
        self,
        replaced: frozenset[str] = frozenset(),
        changed: Container[ManifestImage] = (),
    ) -> Context:
        return Context(
            read=self._opener.read_other,
            platforms=self.platforms,
            variables=self.variables,
            environment=self.environment,
            replaced=replaced,
            changed=changed,
            files_below=self._files_below,
            memory=self._memory,
        )

    def _files_below(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        if not self._files:
            self._files.extend(self.list_files())
        return files_among(self._files, folder)


_UNKNOWN: Final = UnreadableFileError(
    "no source reads this file",
    hint="imagelock recognises files by their names and their first keys",
)


def _unreadable(
    path: PurePosixPath,
    error: UnreadableFileError,
    why: Reason = Reason.UNPARSEABLE,
) -> Skipped:
    place = Place(
        path=path, span=Span(0, 0, 1, 1), text="", format="unknown", uses=("",)
    )
    return Skipped(place=place, reason=why, detail=str(error), hint=error.hint)


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
