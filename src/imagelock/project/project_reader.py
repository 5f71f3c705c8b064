"""Read the files of a project with the sources for their formats."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from imagelock.dataclass import dataclass, field
from imagelock.errors import UnreadableFileError
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.project.boundary import NoFileError
from imagelock.project.built_images import without_built
from imagelock.project.cache.answers import NO_FINDINGS
from imagelock.project.cache.reading_cache import ReadingCache
from imagelock.project.file_opener import FileOpener
from imagelock.project.file_reader import FileReader
from imagelock.project.left_out import LeftOut
from imagelock.project.merged_readings import merge
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.related_files import RelatedFiles
from imagelock.project.source_selection import SourceSelection
from imagelock.sources.context import files_among

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.project.cache.records import Records
    from imagelock.project.file_opener import OpenFile
    from imagelock.project.related_files import Reading
    from imagelock.project.suppressions import SuppressionComments


@dataclass(slots=True, kw_only=True)
class ProjectReader:
    """Reads the files below *root*, each at most once.

    `variables` are those of the settings; `environment` is the caller's, empty
    unless the user allows it. `edited` is the new content of files that are about
    to change, which takes precedence over the disk. `source_selection` decides
    which source reads a file, and `optional_sources` are read in addition.
    `file_findings` are findings about the files themselves: hidden characters and
    invalid comments. `list_files` returns all files of the project, sorted; it is
    called once, if a source asks for those below a folder. `left_out` is what is not
    read as the settings do not ask for it, if `optional_sources` are to count that.
    `records` are what earlier runs read with the same options, if they are kept.
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
    left_out: LeftOut = field(default_factory=LeftOut)
    records: Records | None = None
    _cache: ReadingCache | None = field(init=False, repr=False)
    _opener: FileOpener = field(init=False, repr=False)
    _reader: FileReader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        list_files = cache(self.list_files)

        def files_below(folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
            return files_among(list_files(), folder)

        selection = self.source_selection
        self._cache = None
        if self.records:
            self._cache = ReadingCache(
                records=self.records,
                files_below=files_below,
                is_excluded=selection.is_plugin if selection.has_plugins else None,
            )
        self._opener = FileOpener(
            root=self.root,
            edited=self.edited,
            source_selection=self.source_selection,
            optional_sources=self.optional_sources,
            cache=self._cache,
        )
        self._reader = FileReader(
            opener=self._opener,
            cache=self._cache,
            optional_sources=self.optional_sources,
            platforms=self.platforms,
            variables=self.variables,
            environment=self.environment,
            files_below=files_below,
        )

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
        paths = list(paths)
        self._read_ahead(paths)
        self._opener.problems.update(unreadable or {})
        files, unknown, found = self._open_all(paths, named)
        related = self._related([*files, *self._open_relating(others)])
        taken = [*unknown, *(file.path for file in files)]
        readings = [*self._find(files, related), *self._find_in_wholes(taken, related)]
        self.left_out.remove(found for _, found in readings)
        named_images = related.drop_parts_alone(readings)
        found += without_built(named_images, related, [*taken, *others], self._reader)
        found += [
            _unreadable(path, _UNKNOWN, Reason.NO_SOURCE)
            for path in unknown
            if path in named and not any(related.wholes(path))
        ]
        comments = self._comments(files, readings)
        found += [
            _unreadable(path, e) for path, e in sorted(self._opener.problems.items())
        ]
        if self._cache and not self.edited:
            self._cache.records.save(is_whole=not named)
        merged = merge(found)
        if not comments:  # few projects have any
            return merged
        return [
            comments[each.place.path].apply(each)
            if each.place.path in comments
            else each
            for each in merged
        ]

    def _read_ahead(self, paths: Sequence[PurePosixPath]) -> None:
        """Read files that no run has read in several processes, if they are many.

        What they find is taken as if an earlier run had found it.
        """
        if self._cache is None or self.edited or len(paths) < _MANY:
            return
        from imagelock.project.forks import lines_of_forks, processors

        records = self._cache.records
        unknown = [path for path in paths if not records.has(str(path))]
        count = processors()
        if len(unknown) >= _MANY and count >= _ENOUGH:
            with suppress(OSError):
                records.add_lines(lines_of_forks(unknown, self._records_of, count))

    def _records_of(self, paths: Sequence[PurePosixPath]) -> list[str]:
        """Return what the files at *paths* say without any others, as lines."""
        files, _, _ = self._open_all(paths, frozenset())
        for file in files:
            with suppress(UnreadableFileError):
                self._reader.relations(file)
                self._reader.found(file, RelatedFiles())
                self._reader.file_findings(file.path)
        return self._cache.records.lines(map(str, paths)) if self._cache else []

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
        """Yield what each of *files* names, with the path of the file that was read."""
        for file in files:
            try:
                answer = self._reader.found(file, related)
            except UnreadableFileError as error:
                self._opener.problems[file.path] = error
                continue
            self.left_out.add(answer.guesses)
            yield from ((file.path, found) for found in answer.found)

    def _find_in_wholes(
        self, parts: Iterable[PurePosixPath], related: RelatedFiles
    ) -> Iterator[Reading]:
        """Yield what *parts* name if they are parts of files that are not among them."""
        if not related.has_uses:
            return
        paths = set(parts)
        wholes = {
            whole for path in related.used(paths) for whole in related.wholes(path)
        }
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
        by_path = {file.path: file for file in files}
        related = RelatedFiles(lambda path: self._reader.remaining(by_path[path]))
        for path, file in by_path.items():
            try:
                relations = self._reader.relations(file)
            except UnreadableFileError:
                continue
            related.add(path, relations)
        return related

    def _comments(
        self, files: Iterable[OpenFile], readings: Iterable[Reading]
    ) -> dict[PurePosixPath, SuppressionComments]:
        """Return the suppression comments of *files* and of those that *readings* name.

        Findings about them are noted, and about the characters in *files*.
        """
        read = dict.fromkeys(file.path for file in files)
        comments = {}
        others = dict.fromkeys(
            found.place.path for path, found in readings if found.place.path is not path
        )
        for path in read | others:
            try:
                findings = self._reader.file_findings(path)
            except UnreadableFileError:
                continue
            if findings is NO_FINDINGS:
                continue
            if path in read:
                self.file_findings.extend(findings.hidden)
            self.file_findings.extend(findings.comments.problems)
            if findings.comments.marks:
                comments[path] = findings.comments
        return comments


_MANY: Final = 1000
"""Files for which it pays to start processes."""
_ENOUGH: Final = 4
"""Processors for the same: handing over costs 15 % more CPU time, whatever is won."""

_UNKNOWN: Final = UnreadableFileError(
    "no source reads this file",
    hint="imagelock recognises files by their names and their first keys",
)


def _unreadable(
    path: PurePosixPath,
    error: UnreadableFileError,
    why: Reason = Reason.UNPARSEABLE,
) -> Skipped:
    place = Place.of_file(path)
    return Skipped(place=place, reason=why, detail=str(error), hint=error.hint)
