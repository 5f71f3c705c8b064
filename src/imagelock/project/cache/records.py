"""The records of files: what is known of each, from run to run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as encoded
from typing import TYPE_CHECKING, Any, Final, Literal

from imagelock.project.cache.fingerprints import ABSENT, FOLDER, UNREADABLE
from imagelock.project.cache.storage import UnusableCacheError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from imagelock.project.cache.fingerprints import Fingerprints
    from imagelock.project.cache.storage import CacheFile

_NO_FILE: Final = frozenset({ABSENT, FOLDER, UNREADABLE})
_DECODER: Final = json.JSONDecoder()
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))

Answer = list[Any]
"""What was found in a file, as JSON, behind the facts that it depends on."""


@dataclass(slots=True)
class Record:
    """What is known of a file with one content; `None` stands for what is not.

    `status` is that of the file when its `fingerprint` was taken. `source` is the name
    of the source that reads the file, empty if only optional ones do, and `False` if
    none does.
    """

    fingerprint: str = ""
    status: list[int] | None = None
    source: str | Literal[False] | None = None
    comments: list[Any] | None = None
    relations: Answer | None = None
    remaining: Answer | None = None
    built: Answer | None = None
    found: Answer | None = None


@dataclass(slots=True, kw_only=True)
class Records:
    """The records in `file`, by the names of their files.

    A line of it is a name and a record, each as JSON. Only those are decoded that are
    asked for. `trace` takes a line about the file for who wants to know.
    """

    file: CacheFile
    fingerprints: Fingerprints
    trace: Callable[[str], None] | None = None
    _lines: dict[str, str] = field(init=False)
    _records: dict[str, Record] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        try:
            self._lines = dict(_split(self.file.load()))
        except (UnusableCacheError, ValueError) as error:
            self._lines = {}
            self._trace(f"is not used: {error}")

    def has(self, name: str) -> bool:
        """Return whether something was known of the file *name*."""
        return name in self._records or encoded(name) in self._lines

    def fingerprint(self, name: str) -> str:
        """Return what the file *name* is known by now."""
        if (current := self.fingerprints.current.get(name)) is not None:
            return current
        record = self._stored(name)
        return self.fingerprints.of(name, record.fingerprint, record.status)

    def of(self, name: str) -> Record | None:
        """Return what is known of the file *name* as it is; `None` if it is none."""
        record = self._stored(name)
        fingerprint = self.fingerprint(name)
        if fingerprint in _NO_FILE:
            return None
        if record.fingerprint != fingerprint:
            record = self._records[name] = Record(fingerprint)
            self._changed.add(name)
        return record

    def change(self, name: str) -> None:
        """Note that the record of *name* is not what it was."""
        self._changed.add(name)

    def save(self, *, is_whole: bool) -> None:
        """Write what changed to the file.

        With *is_whole*, what nothing asked for is not of this project any more.
        """
        for name, status in self.fingerprints.statuses.items():
            record = self.of(name)
            if record is not None and record.status != status:
                record.status = status
                self._changed.add(name)
        if not self._changed:
            return
        kept = {encoded(name) for name in self._records} if is_whole else self._lines
        try:
            self.file.save(self._new_lines(kept))
        except UnusableCacheError as error:
            self._trace(f"is not written: {error}")

    def _trace(self, message: str) -> None:
        if self.trace is not None:
            self.trace(f"the cache `{self.file.path}` {message}")

    def _new_lines(self, kept: Container[str]) -> Iterator[str]:
        changed = {encoded(name): self._records[name] for name in self._changed}
        for key, line in self._lines.items():
            if key in kept and key not in changed:
                yield f"{key}\t{line}\n"
        for key, record in changed.items():
            fields = [getattr(record, name) for name in Record.__slots__]
            yield f"{key}\t{_ENCODER.encode(fields)}\n"

    def _stored(self, name: str) -> Record:
        """Return what was known of the file *name*, whatever it is now."""
        if (record := self._records.get(name)) is None:
            if (line := self._lines.get(encoded(name))) is None:
                return Record()
            try:
                record = Record(*_DECODER.decode(line))
            except (ValueError, TypeError):
                record = Record()
            self._records[name] = record
        return record


def _split(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        yield line.split("\t", 1)
