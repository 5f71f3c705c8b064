"""Which source reads a file, as in a project: by the catalog, then by the text."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.sources import SOURCES


def is_read_by(name: str, path: PurePosixPath | str, text: str) -> bool:
    """Return whether the source *name* agrees to read a file."""
    path = PurePosixPath(path)
    return SOURCES[name].may_match(path) and SOURCES[name].matches(path, text)


def reader_of(path: PurePosixPath | str, text: str) -> str | None:
    """Return the name of the source that reads a file, if any does."""
    return next((name for name in SOURCES if is_read_by(name, path, text)), None)
