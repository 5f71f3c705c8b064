"""Read single files, or take from earlier runs what they say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, TypeVar
from imagelock.model.occurrence import Occurrence
from imagelock.project.cache import answers
from imagelock.project.cache.answers import FileFindings, FoundInFile
from imagelock.project.optional_sources import is_repository_chart, objects_in_values
from imagelock.project.suppressions import suppression_comments
from imagelock.sources.context import Context
from imagelock.sources.memory import Memory
from imagelock.sources.relations import NEVER_PULLED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from imagelock.model.occurrence import Found
    from imagelock.model.platform import Platform
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.project.cache.answers import AnswerKind
    from imagelock.project.cache.reading_cache import ReadingCache
    from imagelock.project.file_opener import FileOpener, OpenFile
    from imagelock.project.optional_sources import OptionalSources
    from imagelock.project.related_files import RelatedFiles
    from imagelock.sources.relations import ManifestImage, Relation, RemainingImages

_Value = TypeVar("_Value")


@dataclass(slots=True, kw_only=True)
class FileReader:
    """Reads the files that `opener` opens.

    `cache` has what earlier runs read, and takes what this run reads. The others are
    as in `ProjectReader`.
    """

    opener: FileOpener
    cache: ReadingCache | None
    optional_sources: OptionalSources
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    files_below: Callable[[PurePosixPath], tuple[PurePosixPath, ...]]
    memory: Memory = field(default_factory=Memory)

    def file_findings(self, path: PurePosixPath) -> FileFindings:
        """Return the hidden characters and the suppression comments of a file.

        Raises:
            UnreadableFileError: it cannot be read any more.
        """
        return self._answer(answers.FILE_FINDINGS, path, lambda: self._findings(path))

    def relations(self, file: OpenFile) -> tuple[Relation, ...]:
        """Return what *file* says about others; nothing if it cannot."""
        path, source = file.path, file.source
        if source is None or not source.is_relating:
            return ()
        return self._answer(
            answers.RELATIONS,
            path,
            lambda: tuple(source.relations(path, file.text, self._context())),
        )

    def built(self, path: PurePosixPath) -> tuple[Relation, ...]:
        """Return the images that a file builds which no source reads."""
        return self._answer(answers.BUILT, path, lambda: self._built(path))

    def remaining(self, file: OpenFile) -> RemainingImages:
        """Return what images are after the changes of *file*."""
        path, source = file.path, file.source
        if source is None:
            return {}
        return self._answer(
            answers.REMAINING,
            path,
            lambda: source.remaining(path, file.text, self._context()),
        )

    def found(self, file: OpenFile, related: RelatedFiles) -> FoundInFile:
        """Return what *file* names, as *related* use it."""
        return self._answer(
            answers.FOUND, file.path, lambda: self._read(file, related), related
        )

    def _answer(
        self,
        kind: AnswerKind[_Value],
        path: PurePosixPath,
        read: Callable[[], _Value],
        related: RelatedFiles | None = None,
    ) -> _Value:
        """Return what earlier runs kept, or what *read* returns, and keep that."""
        value = self.cache.answer(kind, path, related) if self.cache else None
        if value is None:
            with self.memory.recording() as dependencies:
                value = read()
            if self.cache:
                self.cache.keep(kind, path, value, dependencies, related)
        return value

    def _findings(self, path: PurePosixPath) -> FileFindings:
        from imagelock.project.hidden_characters import (  # the cache has most
            find_hidden_characters,
        )

        text = self.opener.text(path)
        return FileFindings(
            tuple(find_hidden_characters(path, text)), suppression_comments(path, text)
        )

    def _built(self, path: PurePosixPath) -> tuple[Relation, ...]:
        from imagelock.sources.build_files import built_images

        text = self.opener.peek(path)
        return () if text is None else tuple(built_images(path, text))

    def _read(self, file: OpenFile, related: RelatedFiles) -> FoundInFile:
        """Return the results of match rules, comments, the source, and opt-in readers.

        Those of opt-in readers are left out where another reader found something.
        """
        path, text, optional = file.path, file.text, self.optional_sources
        context = self._context(
            related.replaced(path), related.changed(path), related.never_pulled(path)
        )
        certain = chain(optional.match_rules(path, text), _marked(path, text))
        if file.source:
            certain = chain(certain, file.source.find(path, text, context))
        everything: list[Found] = []
        charts: list[Found] = []
        name = file.source_name
        objects = [
            optional.allowed(found) for found in objects_in_values(path, text, name)
        ]
        for found in map(optional.allowed, _by_objects(certain, objects)):
            is_left_out = not optional.charts and is_repository_chart(found)
            (charts if is_left_out else everything).append(found)
        taken = {_place(found) for found in everything}
        more = chain(
            objects,
            optional.commands(path, text, context),
            optional.embedded_and_guesses(path, text, name),
        )
        for found in more:
            if _place(found) not in taken:
                taken.add(_place(found))
                everything.append(found)
        return FoundInFile(
            everything, [*charts, *optional.guesses_in(path, text, name, context)]
        )

    def _context(
        self,
        replaced: frozenset[str] = frozenset(),
        changed: Container[ManifestImage] = (),
        never_pulled: Container[ManifestImage] = NEVER_PULLED,
    ) -> Context:
        optional = self.optional_sources
        return Context(
            read=self._read_other,
            platforms=self.platforms,
            variables=self.variables,
            environment=_Watched(self.environment, self.memory),
            replaced=replaced,
            changed=changed,
            never_pulled=never_pulled,
            charts=optional.charts or optional.count_guesses,
            files_below=self._files_below,
            memory=self.memory,
        )

    def _read_other(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file that a source asks for, if there is one."""
        path = PurePosixPath(os.path.normpath(path))
        if path.is_absolute() or ".." in path.parts:
            return None
        self.memory.current.files.add(path)
        text = self.opener.read_other(path)
        if path in self.opener.problems:
            self.memory.current.is_repeatable = False
        return text

    def _files_below(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        self.memory.current.folders.add(folder)
        return self.files_below(folder)


@dataclass(frozen=True, slots=True)
class _Watched(Mapping[str, str]):
    """The variables of the environment; what looks at them is not kept."""

    variables: Mapping[str, str]
    memory: Memory

    def __getitem__(self, name: str) -> str:
        self._note()
        return self.variables[name]

    def __iter__(self) -> Iterator[str]:
        self._note()
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    def _note(self) -> None:
        self.memory.current.is_repeatable &= not self.variables


def _marked(path: PurePosixPath, text: Text) -> Iterator[Found]:
    """Yield the images that comments mark."""
    if "imagelock: image" in text.value:
        from imagelock.sources import marked_values  # few files have some

        yield from marked_values.find(path, text)


def _by_objects(found: Iterable[Found], objects: Sequence[Found]) -> Iterator[Found]:
    """Yield what is *found*, as *objects* say it where both name an image.

    They know the kind of an object, and values have none.
    """
    known = {_place(each): each for each in objects if isinstance(each, Occurrence)}
    for each in found:
        is_image = known and isinstance(each, Occurrence)
        yield known.get(_place(each), each) if is_image else each


def _place(found: Found) -> tuple[PurePosixPath, Span]:
    return found.place.path, found.place.span
