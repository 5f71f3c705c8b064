"""The tags that repositories lock, each with the digests that it is locked to."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from sqlite3 import Connection

_QUERY: Final = """
    SELECT reference, digest, release, repository, lockfile
    FROM locked_images
    WHERE tag IS NOT NULL AND reference IN (
        SELECT reference FROM image GROUP BY reference HAVING count(DISTINCT digest) >= ?
    )
    ORDER BY reference, digest, repository, lockfile
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


def locked_tags(
    connection: Connection, matches: Callable[[str], bool], *, least_digests: int = 1
) -> Iterator[tuple[str, tuple[LockedDigest, ...]]]:
    """Yield each reference with a tag for which *matches* is true, sorted.

    With it are the digests that it is locked to, sorted; there are *least_digests* of
    them or more.
    """
    rows = connection.execute(_QUERY, [least_digests])
    for reference, group in groupby(rows, key=lambda row: row[0]):
        if matches(reference):
            yield reference, tuple(_digests(row[1:] for row in group))


def _digests(rows: Iterable[tuple[str, ...]]) -> Iterator[LockedDigest]:
    """Yield the digests in rows of digest, release, repository and path."""
    for digest, group in groupby(rows, key=lambda row: row[0]):
        members = list(group)
        release = next((row[1] for row in members if row[1]), None)
        places = dict.fromkeys((row[2], row[3]) for row in members)
        yield LockedDigest(digest, release, tuple(places))
