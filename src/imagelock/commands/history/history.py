"""Read from git how the locked digests moved: `history`."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from imagelock.commands.history.timeline import Commit, TimelineBuilder
from imagelock.commands.selection import select
from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError, LockfileError, UsageError
from imagelock.lockfile.model import LOCKFILE
from imagelock.lockfile.sightings import SIGHTINGS_FILE, read_sightings
from imagelock.lockfile.versions import VersionReader
from imagelock.project.git_history import (
    BlobReader,
    commit_date,
    file_commits,
    is_shallow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import PurePosixPath

    from imagelock.commands.history.timeline import Move, Timeline
    from imagelock.lockfile.sightings import DigestSighting
    from imagelock.lockfile.versions import Version
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.project.git_history import FileCommit
    from imagelock.project.project_files import ProjectFiles


_KEPT: Final = 100
"""Versions that are kept: most commits start from one of the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOptions:
    """Which part of the history is wanted.

    `revisions` is a commit, up to which the history goes, or a range of git; `since`
    is the time from which moves are wanted. With `first_parent`, merged branches are
    not looked into.
    """

    revisions: str = "HEAD"
    since: datetime | None = None
    first_parent: bool = False


@dataclass(frozen=True, slots=True)
class ImageHistory:
    """The moves of an image, and the digests that `update` saw.

    `seen` are those of `sightings` that nobody locked.
    """

    timeline: Timeline
    seen: tuple[DigestSighting, ...] = ()
    sightings: tuple[DigestSighting, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadableVersion:
    """A commit whose version of the lockfile cannot be read, and why."""

    commit: Commit
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """The history of each image, sorted by reference.

    `unreadable` versions count as if they were the one before. With `is_shallow`, the
    clone lacks older commits: the oldest move of an image may not be its first. `end`
    is the time of the commit at the end of the history.
    """

    images: tuple[ImageHistory, ...]
    unreadable: tuple[UnreadableVersion, ...]
    is_shallow: bool
    end: datetime


def history(project: ProjectFiles, options: HistoryOptions | None = None) -> History:
    """Return how the images of *project* moved in the commits of its lockfile.

    Raises:
        UsageError: git knows no such history.
    """
    options = options or HistoryOptions()
    # What is before a range decides what its first commit changed.
    end = options.revisions.rpartition("..")[2] or "HEAD"
    commits = file_commits(
        project.root, str(LOCKFILE), end, first_parent=options.first_parent
    )
    if not commits:
        raise UsageError(
            f"`{LOCKFILE}` is in no commit of `{end}`",
            hint=f"commit it: `git add {LOCKFILE}`, then `git commit`",
        )
    with BlobReader(project.root) as blobs:
        blobs.expect(commit.new for commit in commits if commit.new)
        timelines, unreadable = _timelines(commits, blobs)
        sightings = _sightings(project, end, blobs)
    is_shown = _shown(project, options)
    histories = [
        _image_history(timeline, is_shown, sightings.get(timeline.reference, {}))
        for timeline in timelines
    ]
    return History(
        tuple(each for each in histories if each.timeline.moves),
        tuple(unreadable),
        is_shallow(project.root),
        commit_date(project.root, end),
    )


def known_history(project: ProjectFiles) -> History | None:
    """Return the history of *project*; `None` if git has no commit of its lockfile."""
    try:
        return history(project)
    except UsageError:
        return None


def selected(
    histories: Mapping[PurePosixPath, History], images: Sequence[str]
) -> dict[PurePosixPath, History]:
    """Return *histories*, of projects by their folders, with the images that are wanted.

    *images* are patterns; all images if there are none.

    Raises:
        UsageError: a pattern matches no image in any of them.
    """
    every = [image for each in histories.values() for image in each.images]
    chosen = select(images, {image.timeline.reference: None for image in every})
    return {
        folder: replace(
            each,
            images=tuple(i for i in each.images if i.timeline.reference in chosen),
        )
        for folder, each in histories.items()
    }


def _timelines(
    commits: Iterable[FileCommit], blobs: BlobReader
) -> tuple[list[Timeline], list[UnreadableVersion]]:
    """Return the timeline of each image, and the versions that could not be read."""
    versions = _Versions(blobs)
    builder = TimelineBuilder()
    unreadable = []
    for each in commits:
        commit = Commit(each.revision, each.date, each.subject)
        old = versions.before(each)
        try:
            new = versions.after(each, old)
            builder.add(commit, *versions.reader.difference(old, new))
        except ImagelockError as error:
            unreadable.append(UnreadableVersion(commit, str(error)))
            versions.skip(each, old)
    return builder.timelines(), unreadable


class _Versions:
    """The versions of the lockfile by the ids of their blobs."""

    def __init__(self, blobs: BlobReader) -> None:
        self._blobs = blobs
        self.reader = VersionReader()
        self._known: OrderedDict[str | None, Version] = OrderedDict()

    def before(self, commit: FileCommit) -> Version:
        """Return the version before *commit*; no entries if it cannot be read."""
        try:
            return self._at(commit.old)
        except ImagelockError:
            return ()

    def after(self, commit: FileCommit, before: Version) -> Version:
        """Return the version after *commit*, which changed the version *before*.

        Raises:
            LockfileError: it cannot be read.
        """
        return self._at(commit.new, before)

    def skip(self, commit: FileCommit, version: Version) -> None:
        """Take the version after *commit* to be *version*."""
        self._keep(commit.new, version)

    def _at(self, blob: str | None, before: Version = ()) -> Version:
        version = self._known.get(blob)
        if version is None:
            version = ()
            if blob:
                data = _content(self._blobs, blob, "the lockfile")
                version = self.reader.read(data, before)
            self._keep(blob, version)
        return version

    def _keep(self, blob: str | None, version: Version) -> None:
        self._known[blob] = version
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _sightings(
    project: ProjectFiles, end: str, blobs: BlobReader
) -> dict[Reference, dict[Digest, DigestSighting]]:
    """Return the digests of each image that `update` saw in any commit up to *end*."""
    seen: dict[Reference, dict[Digest, DigestSighting]] = {}
    for commit in file_commits(project.root, str(SIGHTINGS_FILE), end):
        if commit.new is None:
            continue
        # What cannot be read is lost to `update`, too.
        with suppress(ImagelockError):
            data = _content(blobs, commit.new, f"`{SIGHTINGS_FILE}`")
            for key, sightings in read_sightings(data).items():
                known = seen.setdefault(key, {})
                for sighting in sightings:
                    known.setdefault(sighting.digest, sighting)
    return seen


def _content(blobs: BlobReader, blob: str, subject: str) -> bytes:
    data = blobs.read(blob)
    if data is None:
        raise LockfileError(f"{subject} is not in this clone, or too large")
    return data


def _shown(project: ProjectFiles, options: HistoryOptions) -> Callable[[Move], bool]:
    """Return whether a move is in the part of the history that is wanted."""
    revisions: set[str] | None = None
    if ".." in options.revisions:
        commits = file_commits(
            project.root,
            str(LOCKFILE),
            options.revisions,
            first_parent=options.first_parent,
        )
        revisions = {commit.revision for commit in commits}

    def is_shown(move: Move) -> bool:
        is_late = options.since is None or move.commit.date >= options.since
        return is_late and (revisions is None or move.commit.revision in revisions)

    return is_shown


def _image_history(
    timeline: Timeline,
    is_shown: Callable[[Move], bool],
    sightings: Mapping[Digest, DigestSighting],
) -> ImageHistory:
    locked = {move.new.digest for move in timeline.moves if move.new}
    return ImageHistory(
        replace(timeline, moves=tuple(filter(is_shown, timeline.moves))),
        tuple(each for digest, each in sightings.items() if digest not in locked),
        tuple(sightings.values()),
    )
