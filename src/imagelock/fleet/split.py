"""Tags that repositories lock to different digests: `fleet split`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.fleet.database.connection import count_unreadable, open_for_reading
from imagelock.fleet.image_filter import references_filter
from imagelock.fleet.locked_tags import locked_tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagelock.fleet.locked_tags import LockedDigest


@dataclass(frozen=True, slots=True)
class SplitTag:
    """A tag with several digests, that of most repositories first."""

    reference: str
    digests: tuple[LockedDigest, ...]


@dataclass(frozen=True, slots=True)
class SplitResult:
    """The tags, those with most digests first.

    `unreadable` is the number of repositories and lockfiles that could not be read.
    """

    tags: tuple[SplitTag, ...]
    unreadable: int


def split_tags(database: Path, images: Sequence[str] = ()) -> SplitResult:
    """Return the tags that *database* has with several digests.

    *images* are names and patterns; all tags if there are none.

    Raises:
        UsageError: the database cannot be used.
        InvalidReferenceError: one of *images* is neither a pattern nor a reference.
    """
    matches = references_filter(images)
    with open_for_reading(database) as connection:
        tags = [
            SplitTag(
                reference,
                tuple(
                    sorted(digests, key=lambda each: (-len(each.places), each.digest))
                ),
            )
            for reference, digests in locked_tags(connection, matches, least_digests=2)
        ]
        unreadable = count_unreadable(connection)
    tags.sort(key=lambda tag: (-len(tag.digests), tag.reference))
    return SplitResult(tuple(tags), unreadable)
