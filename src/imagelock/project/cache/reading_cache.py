"""What earlier runs found in the files of a project, as far as it still holds."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar

from imagelock.dataclass import dataclass, field
from imagelock.project.cache import codec
from imagelock.project.cache.fingerprints import UNREADABLE, of_bytes
from imagelock.project.suppressions import SuppressionComments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.project.cache.records import Answer, Record, Records
    from imagelock.project.file_content import FileContent
    from imagelock.project.related_files import RelatedFiles
    from imagelock.sources.memory import Dependencies
    from imagelock.sources.relations import Relation, RemainingImages

_DAMAGE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What decoding a value of another shape raises."""

_Value = TypeVar("_Value")
_Facts = list[str]
"""Names of files, or of folders with a `/` behind, each with its fingerprint."""


class FileFindings(NamedTuple):
    """What is known of a file itself: its hidden characters, and comments in it."""

    hidden: list[Finding]
    comments: SuppressionComments


class FoundInFile(NamedTuple):
    """What a file names, and guesses that are counted, but not allowed."""

    found: list[Found]
    guesses: list[Found]


_NO_FINDINGS: Final = FileFindings([], SuppressionComments({}, ()))
_NOTHING: Final = "[[],[[],[[],[]]]]"
"""What is kept of `_NO_FINDINGS`, which is so for nearly all files."""


@dataclass(slots=True, kw_only=True)
class ReadingCache:
    """Answers about files from earlier runs; `None` where none holds.

    `files_below` returns the paths of the project's files below a folder.
    `is_excluded` is whether nothing is kept of a file, as what a plug-in says of it need
    not last.
    """

    records: Records
    files_below: Callable[[PurePosixPath], Sequence[PurePosixPath]]
    is_excluded: Callable[[PurePosixPath], bool] | None = None
    _listings: dict[str, str] = field(default_factory=dict)
    _remaining: dict[PurePosixPath, str] = field(default_factory=dict)

    def source(self, path: PurePosixPath) -> str | Literal[False] | None:
        """Return which source reads the file: see `Record.source`."""
        record = self._known_record(path)
        source = record.source if record else None
        return source if source is False or isinstance(source, str) else None

    def keep_source(self, path: PurePosixPath, name: str | None) -> None:
        """Keep the name of the source that reads the file; `None` if none does."""
        if record := self._record(path):
            record.source = False if name is None else name
            self.records.change()

    def add(self, path: PurePosixPath, content: FileContent) -> None:
        """Note the content of a file that was read."""
        self.records.fingerprints.add(path, content)

    def file_findings(self, path: PurePosixPath) -> FileFindings | None:
        """Return what is known of the file itself."""
        record = self._known_record(path)
        if record is not None and record.text("comments") == _NOTHING:
            return _NO_FINDINGS

        def decode(data: list[Any]) -> FileFindings:
            hidden, comments = data
            return FileFindings(
                codec.decode_findings(hidden, path),
                codec.decode_comments(comments, path),
            )

        return self._answer(path, "comments", decode)

    def keep_file_findings(self, path: PurePosixPath, findings: FileFindings) -> None:
        """Keep what is known of the file itself."""
        hidden = codec.encode_findings(findings.hidden)
        comments = codec.encode_comments(findings.comments)
        self._keep(path, "comments", [], [hidden, comments])

    def relations(self, path: PurePosixPath) -> list[Relation] | None:
        """Return what the file says about others."""
        return self._answer(
            path, "relations", lambda data: codec.decode_relations(data, path)
        )

    def keep_relations(
        self,
        path: PurePosixPath,
        relations: Iterable[Relation],
        dependencies: Dependencies,
    ) -> None:
        """Keep what the file says about others."""
        facts = self._facts(path, dependencies)
        self._keep(path, "relations", facts, codec.encode_relations(relations, path))

    def built(self, path: PurePosixPath) -> list[Relation] | None:
        """Return the images that the file builds, which no source reads."""
        return self._answer(
            path, "built", lambda data: codec.decode_relations(data, path)
        )

    def keep_built(self, path: PurePosixPath, built: Iterable[Relation]) -> None:
        """Keep the images that the file builds."""
        self._keep(path, "built", [], codec.encode_relations(built, path))

    def remaining(self, path: PurePosixPath) -> RemainingImages | None:
        """Return what images are after the changes of the file."""
        return self._answer(path, "remaining", codec.decode_remaining)

    def keep_remaining(
        self,
        path: PurePosixPath,
        remaining: RemainingImages,
        dependencies: Dependencies,
    ) -> None:
        """Keep what images are after the changes of the file."""
        facts = self._facts(path, dependencies)
        self._keep(path, "remaining", facts, codec.encode_remaining(remaining))

    def found(self, path: PurePosixPath, related: RelatedFiles) -> FoundInFile | None:
        """Return what the file names, if *related* use it as they did."""

        def decode(data: list[Any]) -> FoundInFile | None:
            (used, *changes), found, guesses = data
            is_same = used == related.fingerprint(path) and all(
                fingerprint == self._changes(PurePosixPath(user), related)
                for user, fingerprint in changes
            )
            if not is_same:
                return None
            return FoundInFile(
                [codec.decode_found(each, path) for each in found],
                [codec.decode_found(each, path) for each in guesses],
            )

        return self._answer(path, "found", decode)

    def keep_found(
        self,
        path: PurePosixPath,
        found: FoundInFile,
        related: RelatedFiles,
        dependencies: Dependencies,
    ) -> None:
        """Keep what the file names, as *related* use it."""
        usage = [
            related.fingerprint(path),
            *(
                (str(user), self._changes(user, related))
                for user in related.asked_above(path)
            ),
        ]
        data = [
            usage,
            *([codec.encode_found(each, path) for each in part] for part in found),
        ]
        self._keep(path, "found", self._facts(path, dependencies), data)

    def _changes(self, user: PurePosixPath, related: RelatedFiles) -> str:
        """Return what stands for the changes of images that the file *user* makes."""
        if user not in self._remaining:
            data = codec.encode_remaining(related.changes(user))
            self._remaining[user] = of_bytes(repr(data).encode("utf-8", "replace"))
        return self._remaining[user]

    def _record(self, path: PurePosixPath) -> Record | None:
        if self.is_excluded is not None and self.is_excluded(path):
            return None
        return self.records.of(str(path))

    def _known_record(self, path: PurePosixPath) -> Record | None:
        if self.is_excluded is not None and self.is_excluded(path):
            return None
        return self.records.known(str(path))

    def _answer(
        self,
        path: PurePosixPath,
        name: Answer,
        decode: Callable[[list[Any]], _Value | None],
    ) -> _Value | None:
        """Return what is kept as *name*, if the facts are as they were."""
        record = self._known_record(path)
        if record is None or not (text := record.text(name)):
            return None
        try:
            facts, data = json.loads(text)
            return decode(data) if self._holds(facts) else None
        except _DAMAGE:
            return None

    def _keep(
        self, path: PurePosixPath, name: Answer, facts: _Facts | None, data: list[Any]
    ) -> None:
        if facts is not None and (record := self._record(path)):
            record.keep(name, [facts, data])
            self.records.change()

    def _holds(self, facts: _Facts) -> bool:
        """Return whether everything is as *facts* say."""
        if not facts:
            return True
        names = iter(facts)
        return all(
            self._fingerprint(name) == known
            for name, known in zip(names, names, strict=True)
        )

    def _facts(self, path: PurePosixPath, dependencies: Dependencies) -> _Facts | None:
        """Return what an answer about *path* depends on, `None` if it will not last."""
        facts: dict[str, str] = {}
        for each in _all(dependencies):
            if not each.is_repeatable:
                return None
            names = [str(file) for file in each.files if file != path]
            names += [f"{folder}/" for folder in each.folders]
            for name in names:
                facts[name] = self._fingerprint(name)
        if UNREADABLE in facts.values():
            return None
        return [each for fact in sorted(facts.items()) for each in fact]

    def _fingerprint(self, name: str) -> str:
        if not name.endswith("/"):
            return self.records.fingerprint(name)
        if name not in self._listings:
            paths = self.files_below(PurePosixPath(name))
            names = "\0".join(map(str, paths))
            self._listings[name] = of_bytes(names.encode("utf-8", "surrogateescape"))
        return self._listings[name]


def _all(dependencies: Dependencies) -> Iterator[Dependencies]:
    """Yield *dependencies* and those that they share, each once."""
    seen = {dependencies}
    waiting = [dependencies]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.shared - seen
        seen |= each.shared
