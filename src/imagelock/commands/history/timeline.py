"""How the digest of an image moved, from one version of the lockfile to the next."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace
from imagelock.model.change import ChangeKind, compare, with_bumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference

    Images = Mapping[Reference, Image]


class MoveKind(StrEnum):
    """What a move means for the containers that run the image."""

    ADDED = "added"
    REMOVED = "removed"
    CONTENT = "content"
    """A declared platform gets different content."""
    INDEX_ONLY = "index-only"
    """Every declared platform gets the same content as before."""
    ROLLBACK = "rollback"
    """The digest is one that the image had before."""
    TAG_BUMPED = "tag-bumped"
    """The files name a different tag of the same repository."""
    KIND_CHANGED = "kind-changed"
    """An index became a single manifest, or the reverse."""
    PLATFORMS = "platforms"
    """The digest is the same; other platforms of it are locked."""


_REPLACED = frozenset(
    {ChangeKind.CONTENT, ChangeKind.INDEX_ONLY, ChangeKind.KIND_CHANGED}
)
"""The changes that give a reference another digest."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that moved an image. `date` is in UTC, `subject` untrusted text."""

    revision: str
    date: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class Move:
    """A commit that changed the entry of a reference.

    `old` and `new` are the entries before and after: `ADDED` has no `old`, and
    `REMOVED` no `new`. `other` is the tag of the same repository that gave way
    (`TAG_BUMPED`, whose `old` is the entry of that), or took the place (`REMOVED`).
    `stood` is how long the digest of `new` stayed; `None` if it still does.
    """

    kind: MoveKind
    commit: Commit
    old: Image | None
    new: Image | None
    other: Reference | None = None
    stood: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moves of *reference*, oldest first, at least one."""

    reference: Reference
    moves: tuple[Move, ...]

    @property
    def is_flapping(self) -> bool:
        """Whether a digest gave way to another and came back with the next move."""
        digests = [digest for digest, _ in groupby(map(_digest, self.moves))]
        return any(
            before == after and before is not None
            for before, after in zip(digests, digests[2:], strict=False)
        )


class TimelineBuilder:
    """Collects the moves of every image; add the commits from the oldest on."""

    def __init__(self) -> None:
        self._moves: dict[Reference, list[Move]] = {}
        self._digests: dict[Reference, set[Digest]] = {}

    def add(self, commit: Commit, old: Images, new: Images) -> None:
        """Add what *commit* changed: the entries *old* gave way to *new*.

        Entries that are equal may be left out of both.
        """
        for change in with_bumps(_changes(old, new)):
            if change.kind is ChangeKind.TAG_BUMPED and change.old and change.new:
                before, after = change.old.reference, change.new.reference
                removed = Move(MoveKind.REMOVED, commit, change.old, None, after)
                bumped = Move(
                    MoveKind.TAG_BUMPED, commit, change.old, change.new, before
                )
                self._append(before, removed)
                self._append(after, bumped)
            elif kind := self._kind(change):
                move = Move(kind, commit, change.old, change.new)
                self._append(change.reference, move)

    def timelines(self) -> list[Timeline]:
        """Return the timeline of each image that was ever locked, sorted."""
        return [
            Timeline(key, tuple(_with_times(self._moves[key])))
            for key in sorted(self._moves, key=str)
        ]

    def _kind(self, change: Change) -> MoveKind | None:
        """Return the kind of *change*; `None` if only the metadata changed."""
        if change.kind is ChangeKind.DETAILS:
            return MoveKind.PLATFORMS if change.platforms else None
        earlier = self._digests.get(change.reference, ())
        if change.kind in _REPLACED and change.new and change.new.digest in earlier:
            return MoveKind.ROLLBACK
        return MoveKind(change.kind.value)

    def _append(self, key: Reference, move: Move) -> None:
        self._moves.setdefault(key, []).append(move)
        if move.new:
            self._digests.setdefault(key, set()).add(move.new.digest)


def _changes(old: Images, new: Images) -> Iterator[Change]:
    for key in old.keys() | new.keys():
        if change := compare(old.get(key), new.get(key)):
            yield change


def _with_times(moves: Sequence[Move]) -> Iterator[Move]:
    """Yield *moves*, oldest first, with how long the digest of each stayed."""
    end: Commit | None = None
    timed: list[Move] = []
    for move, after in zip(reversed(moves), [None, *reversed(moves)], strict=False):
        if after is not None and _digest(after) != _digest(move):
            end = after.commit
        stood = None
        if end is not None and move.new is not None:
            # Clocks differ: a commit may be older than its parent.
            stood = max(end.date - move.commit.date, timedelta())
        timed.append(replace(move, stood=stood))
    return reversed(timed)


def _digest(move: Move) -> Digest | None:
    return move.new.digest if move.new else None
