"""What decides, beside the files, what a project is read as."""

from __future__ import annotations

import os
import sys

from imagelock.blake2 import blake2b
from imagelock.light_typing import TYPE_CHECKING
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FORMAT = 6
"""The number of the format of cache files."""


def cache_key(root: Path, *options: object) -> str:
    """Return the name of the cache for the project at *root*, read with *options*.

    Each version of imagelock, of Python and of the YAML library has its own; the code
    of a checkout changes without its version.
    """
    parts = (os.path.realpath(root), __version__, _FORMAT, sys.version, *options)
    digest = blake2b(repr(parts).encode("utf-8", "replace"), digest_size=20)
    for line in _code():
        digest.update(line.encode("utf-8", "replace"))
    return digest.hexdigest()


def folders() -> Iterator[str]:
    """Yield the folders of the code that decides what files say."""
    for name in ("imagelock", "yaml"):
        # As `importlib.util.find_spec` does, which takes longer to load.
        specs = (finder.find_spec(name, None) for finder in sys.meta_path)
        spec = next(filter(None, specs), None)
        yield from (spec and spec.submodule_search_locations) or ()


def _code() -> Iterator[str]:
    for folder in folders():
        # What is installed is replaced as a whole.
        yield _line(folder)
        if "-packages" not in folder and os.path.isdir(folder):
            yield from _files(folder)


def _line(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:  # in an archive, which nobody edits
        return path
    return f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"


def _files(folder: str) -> Iterator[str]:
    """Yield each Python file below *folder* with what changes when it does."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.endswith(".py"):
            yield _line(entry.path)
        elif "." not in entry.name and entry.name != "__pycache__":
            yield from _files(entry.path)
