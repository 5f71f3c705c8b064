"""What earlier runs found in the files of a project, as far as it still holds."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.dataclass import dataclass, field
from imagelock.errors import InvalidReferenceError
from imagelock.light_json import decode
from imagelock.light_typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from imagelock.project.cache import codec
from imagelock.project.cache.fingerprints import UNREADABLE, of_bytes
from imagelock.project.cache.records import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagelock.project.cache.answers import AnswerKind
    from imagelock.project.cache.records import Record, Records
    from imagelock.project.file_content import FileContent
    from imagelock.project.related_files import RelatedFiles
    from imagelock.sources.memory import Dependencies

_DAMAGE: Final = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError),
    InvalidReferenceError,
)
"""What decoding a value of another shape raises."""

_Value = TypeVar("_Value")
_Facts = list[str]
"""Names of files, or of folders with a `/` behind, each with its fingerprint."""


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

    def answer(
        self,
        kind: AnswerKind[_Value],
        path: PurePosixPath,
        related: RelatedFiles | None = None,
    ) -> _Value | None:
        """Return what is kept of the file, if what it depends on is as it was.

        That includes how *related* files use it, if they are given.
        """
        record = self._known_record(path)
        text = record.answers[kind.column] if record else ""
        if not text:
            return None
        if text == NOTHING:
            return kind.nothing
        try:
            facts, uses, data = decode(text)
            is_current = (not facts or self._holds(facts)) and (
                related is None or self._are_alike(uses, path, related)
            )
            return kind.decode(data, path) if is_current else None
        except _DAMAGE:
            return None

    def keep(
        self,
        kind: AnswerKind[_Value],
        path: PurePosixPath,
        value: _Value,
        dependencies: Dependencies,
        related: RelatedFiles | None = None,
    ) -> None:
        """Keep *value*, which has these *dependencies*, for later runs."""
        facts = self._facts(path, dependencies)
        if facts is not None and (record := self._record(path)):
            uses = self._uses(path, related)
            is_nothing = not facts and not uses and value == kind.nothing
            answer = None if is_nothing else [facts, uses, kind.encode(value, path)]
            record.keep(kind.column, answer)
            self.records.change()

    def _uses(self, path: PurePosixPath, related: RelatedFiles | None) -> list[Any]:
        """Return what stands for the uses of the file by *related* ones."""
        if related is None:
            return []
        users = related.asked_above(path)
        changes = [(str(user), self._changes(user, related)) for user in users]
        return [related.fingerprint(path), *changes]

    def _are_alike(
        self, uses: list[Any], path: PurePosixPath, related: RelatedFiles
    ) -> bool:
        """Return whether *related* files use the file as they did when it was read."""
        fingerprint, *changes = uses
        if fingerprint != related.fingerprint(path):
            return False
        # Few files have any, and a generator costs more than the question.
        return not changes or all(
            known == self._changes(PurePosixPath(user), related)
            for user, known in changes
        )

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

    def _holds(self, facts: _Facts) -> bool:
        """Return whether everything is as *facts* say."""
        names = iter(facts)
        for name, known in zip(names, names, strict=True):
            if self._fingerprint(name) != known:
                return False
        return True

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
