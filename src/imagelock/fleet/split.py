"""Tags that repositories lock to different digests: `fleet split`."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.fleet.database import count_unreadable, open_for_reading
from imagelock.fleet.image_filter import references_filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_QUERY: Final = """
    WITH several AS (
        SELECT reference FROM image WHERE tag IS NOT NULL
        GROUP BY reference HAVING count(DISTINCT digest) > 1
    )
    SELECT image.reference, image.digest, image.release, repository.name, lockfile.path
    FROM several
    JOIN image ON image.reference = several.reference
    JOIN entry ON entry.image_id = image.id
    JOIN lockfile ON lockfile.content_id = entry.content_id
    JOIN repository ON repository.id = lockfile.repository_id
    ORDER BY image.reference, image.digest, repository.name, lockfile.path
"""


@dataclass(frozen=True, slots=True)
class LockedDigest:
    """A digest that a tag is locked to, and the lockfiles that have it.

    `places` are pairs of a repository and the path of the lockfile in it. `release` is
    what the publisher calls the content, if it is known.
    """

    digest: str
    release: str | None
    places: tuple[tuple[str, str], ...]

    @property
    def repositories(self) -> list[str]:
        """The names of the repositories, sorted."""
        return list(dict.fromkeys(repository for repository, _ in self.places))


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
        rows = (row for row in connection.execute(_QUERY) if matches(row[0]))
        tags = sorted(_tags(rows), key=lambda tag: (-len(tag.digests), tag.reference))
        return SplitResult(tuple(tags), count_unreadable(connection))


def _tags(rows: Iterator[tuple[str, ...]]) -> Iterator[SplitTag]:
    for reference, group in groupby(rows, key=lambda row: row[0]):
        digests = sorted(
            locked_digests(row[1:] for row in group),
            key=lambda each: (-len(each.places), each.digest),
        )
        yield SplitTag(reference, tuple(digests))


def locked_digests(rows: Iterator[tuple[str, ...]]) -> Iterator[LockedDigest]:
    """Yield the digests in rows of digest, release, repository and path, sorted."""
    for digest, group in groupby(rows, key=lambda row: row[0]):
        members = list(group)
        release = next((row[1] for row in members if row[1]), None)
        places = dict.fromkeys((row[2], row[3]) for row in members)
        yield LockedDigest(digest, release, tuple(places))
