"""The project around a file, as far as a source may see it."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from itertools import islice, takewhile
from pathlib import PurePosixPath

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.sources.memory import Memory
from imagelock.sources.relations import NEVER_PULLED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Mapping, Sequence

    from imagelock.model.platform import Platform
    from imagelock.model.source_text import Text
    from imagelock.sources.relations import ManifestImage

_MOST_READINGS: Final = 50
_REMOTE: Final = r"[A-Za-z][A-Za-z0-9+.-]*://|git@|github\.com/|.*\.git(?:#|$)"


def _nothing_below(folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
    del folder
    return ()


@dataclass(slots=True)
class OtherReadings:
    """Limits how often a file that another names a thousand times is read for it."""

    _uses: dict[PurePosixPath, set[Hashable]] = field(default_factory=dict)
    _counts: dict[PurePosixPath, int] = field(default_factory=dict)

    def allow(self, path: PurePosixPath, use: Hashable | None) -> bool:
        """Return whether to read the file at *path* for *use*, and count that.

        What it means for a use is known once it was read. `None` is a use of its own.
        """
        uses = self._uses.setdefault(path, set())
        count = self._counts.get(path, 0)
        if use in uses or count == _MOST_READINGS:
            return False
        if use is not None:
            uses.add(use)
        self._counts[path] = count + 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The project around one file.

    `read` returns the text of another file of the project by its path from the
    project's root, or `None` where there is none that can be read; a source
    opens no file by itself. `files_below` returns the paths of the project's files
    below a folder, sorted, whichever of them were asked for. `memory` keeps what
    sources read for further files of the same reading.
    `platforms` are the declared ones. `variables` are those of the configuration, and
    `environment` is the caller's environment, empty unless `--environment` was given.
    `replaced` are the names that other files of the project replace in this one
    (`additional_contexts` of Compose in a Dockerfile), and `changed` the images of a
    manifest that kustomizations change. `never_pulled` are those that are not pulled
    whatever changes them. `charts` is whether charts of
    repositories with an `index.yaml` are of interest. `other_readings` limits how often
    the reader of the file reads another.
    """

    read: Callable[[PurePosixPath], Text | None]
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    changed: Container[ManifestImage] = ()
    never_pulled: Container[ManifestImage] = NEVER_PULLED
    charts: bool = False
    files_below: Callable[[PurePosixPath], tuple[PurePosixPath, ...]] = _nothing_below
    memory: Memory = field(default_factory=Memory, repr=False, compare=False)
    other_readings: OtherReadings = field(
        default_factory=OtherReadings, repr=False, compare=False
    )


def files_among(
    paths: Sequence[PurePosixPath], folder: PurePosixPath
) -> tuple[PurePosixPath, ...]:
    """Return those of *paths*, which are sorted, that are below *folder*."""
    if not folder.parts:
        return tuple(paths)
    start = bisect_left(paths, folder)
    rest = islice(paths, start, None)
    below = takewhile(lambda path: path.is_relative_to(folder), rest)
    return tuple(path for path in below if path != folder)


def path_below(directory: PurePosixPath, path: str) -> PurePosixPath | None:
    """Return *path*, which is relative to *directory*, from the root of the project.

    `None` if it is outside of the project, or not a path, such as the address of a
    Git repository.
    """
    if not path or not path.isprintable() or re.match(_REMOTE, path):
        return None
    joined = posixpath.normpath(posixpath.join(directory, path))
    if joined.startswith(("/", "~")) or joined.split("/", 1)[0] == "..":
        return None
    return PurePosixPath(joined)
