"""The records of files: what is known of each, from run to run."""

from __future__ import annotations

from sys import intern

from imagelock.cache_storage import UnusableCacheError
from imagelock.dataclass import dataclass, field
from imagelock.light_json import encode, encoded_string
from imagelock.light_typing import TYPE_CHECKING, Any, Final, Literal
from imagelock.project.cache.answers import COLUMNS
from imagelock.project.cache.fingerprints import ABSENT, FOLDER, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagelock.cache_storage import CacheFile
    from imagelock.project.cache.fingerprints import Fingerprints
    from imagelock.project.file_statuses import Status

_NO_FILE: Final = frozenset({ABSENT, FOLDER, UNREADABLE})
_NO_NAME: Final[dict[str | bool | None, str]] = {None: "", "": "+", False: "-"}
"""What stands for a source without a name."""
NOTHING: Final = "-"
"""What stands for the answer that most files have."""


@dataclass(slots=True)
class Record:
    """What is known of a file with one content.

    `status` is that of the file when its `fingerprint` was taken, empty if that does
    not count. `source` is the name of the source that reads the file, empty if only
    optional ones do, `False` if none does, and `None` if that is not known. `answers`
    are texts of JSON, empty where an answer is not known. Each is decoded when it is
    asked for, and let go of.
    """

    fingerprint: str = ""
    status: Status = ""
    source: str | Literal[False] | None = None
    answers: list[str] = field(default_factory=lambda: [""] * COLUMNS)

    @classmethod
    def decode(cls, line: str) -> Record:
        """Return the record in *line*.

        Raises:
            ValueError: it is none.
        """
        fingerprint, status, source, *answers = line.split("\t")
        if len(answers) != COLUMNS:
            raise ValueError
        return cls(fingerprint, status, _source(source), answers)

    def encode(self) -> str:
        """Return it as a line."""
        source = self.source or _NO_NAME[self.source]
        return "\t".join((self.fingerprint, self.status, source, *self.answers))

    def keep(self, column: int, answer: list[Any] | None) -> None:
        """Keep *answer*, which JSON can express, in *column*; `None` is nothing."""
        self.answers[column] = NOTHING if answer is None else encode(answer)


@dataclass(slots=True, kw_only=True)
class Records:
    """The records in `file`, by the names of their files.

    A line of it is a name and a record. Only those are decoded that are asked for:
    they leave `_lines` for `_records`, and once the file has been looked at for
    `_current`. `trace` takes lines about what is wrong with the file.
    """

    file: CacheFile
    fingerprints: Fingerprints
    trace: Callable[[str], None] | None = None
    _lines: dict[str, str] = field(default_factory=dict)
    _records: dict[str, Record] = field(default_factory=dict)
    _current: dict[str, Record] = field(default_factory=dict)
    _is_changed: bool = False

    def __post_init__(self) -> None:
        try:
            for line in self.file.lines():
                key, _, record = line.partition("\t")
                self._lines[key] = record
        except UnusableCacheError as error:
            self._lines.clear()
            self._trace(f"is not used: {error}")

    def fingerprint(self, name: str) -> str:
        """Return what the file *name* is known by now."""
        if (current := self.fingerprints.current.get(name)) is not None:
            return current
        if (record := self._stored(name)) is None:
            return self.fingerprints.of(name)
        return self.fingerprints.of(name, record.fingerprint, record.status)

    def known(self, name: str) -> Record | None:
        """Return what earlier runs know of the file *name* as it is, if anything."""
        if (record := self._current.get(name)) is not None:
            return record
        # Of others nothing is known. They will be read, and need no fingerprint.
        return self.of(name) if self._stored(name) else None

    def of(self, name: str) -> Record | None:
        """Return what is known of the file *name* as it is; `None` if it is none."""
        if (record := self._current.get(name)) is not None:
            return record
        record = self._stored(name) or Record()
        fingerprint = self.fingerprints.of(name, record.fingerprint, record.status)
        if fingerprint in _NO_FILE:
            return None
        self._records.pop(name, None)
        if record.fingerprint != fingerprint:
            record = Record(fingerprint)
            self._is_changed = True
        self._current[name] = record
        return record

    def has(self, name: str) -> bool:
        """Return whether anything is known of the file *name*, whatever it is now."""
        return encoded_string(name) in self._lines

    def lines(self, names: Iterable[str]) -> list[str]:
        """Return the records of the files *names* as they are, for `add_lines`."""
        self._note_statuses()
        known = [(name, self._current[name]) for name in names if name in self._current]
        return [_line(name, record) for name, record in known]

    def add_lines(self, lines: Iterable[str]) -> None:
        """Take the records in *lines* as if an earlier run had kept them."""
        for line in lines:
            key, _, record = line.partition("\t")
            self._lines[key] = record
            self._is_changed = True

    def change(self) -> None:
        """Note that a record is not what it was."""
        self._is_changed = True

    def save(self, *, is_whole: bool) -> None:
        """Write what changed to the file.

        With *is_whole*, what nothing asked for is not of this project any more.
        """
        self._note_statuses()
        if not self._is_changed:
            return
        try:
            self.file.save(self._new_lines(is_whole=is_whole))
        except UnusableCacheError as error:
            self._trace(f"is not written: {error}")

    def _note_statuses(self) -> None:
        for name, status in self.fingerprints.statuses.items():
            record = self.of(name)
            if record is not None and record.status != status:
                record.status = status
                self._is_changed = True

    def _new_lines(self, *, is_whole: bool) -> Iterator[str]:
        for records in (self._current, self._records):
            for name, record in records.items():
                yield f"{_line(name, record)}\n"
        if not is_whole:
            yield from (f"{key}\t{line}\n" for key, line in self._lines.items())

    def _stored(self, name: str) -> Record | None:
        """Return what was known of the file *name*, if anything, whatever it is now."""
        if (record := self._records.get(name)) is None:
            if (line := self._lines.pop(encoded_string(name), None)) is None:
                return None
            try:
                record = Record.decode(line)
            except ValueError:
                record = Record()
            self._records[name] = record
        return record

    def _trace(self, message: str) -> None:
        if self.trace is not None:
            self.trace(f"the cache `{self.file.path}` {message}")


def _source(text: str) -> str | Literal[False] | None:
    if text == _NO_NAME[None]:
        return None
    if text == _NO_NAME[False]:
        return False
    return "" if text == _NO_NAME[""] else intern(text)


def _line(name: str, record: Record) -> str:
    return f"{encoded_string(name)}\t{record.encode()}"
