"""Numbers about a fleet: `fleet stats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.fleet.database.connection import count_unreadable, open_for_reading

if TYPE_CHECKING:
    from pathlib import Path

MOST: Final = 10
"""Images and registries that are listed."""

_COUNTS: Final = {
    "repositories": "SELECT count(*) FROM repository",
    "without_lockfile": "SELECT count(*) FROM repository WHERE reason IS NULL AND id"
    " NOT IN (SELECT repository_id FROM lockfile)",
    "lockfiles": "SELECT count(*) FROM lockfile",
    "entries": "SELECT count(*) FROM lockfile JOIN entry USING (content_id)",
    "references": "SELECT count(DISTINCT reference) FROM image",
    "digests": "SELECT count(DISTINCT digest) FROM image",
    "split_tags": "SELECT count(*) FROM (SELECT 1 FROM image WHERE tag IS NOT NULL"
    " GROUP BY reference HAVING count(DISTINCT digest) > 1)",
}
_USE: Final = """
    SELECT {column}, count(DISTINCT repository_id) AS repositories,
        count(DISTINCT image.reference) AS references_
    FROM image
    JOIN entry ON entry.image_id = image.id
    JOIN lockfile ON lockfile.content_id = entry.content_id
    GROUP BY {column} ORDER BY repositories DESC, {column} LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class UseCount:
    """An image or a registry: how many repositories use it, and by how many references."""

    name: str
    repositories: int
    references: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers by their names, and what most repositories use.

    The names are `repositories`, of which those `without_lockfile`; `lockfiles` with
    their `entries`; distinct `references`, `digests`, and `split_tags`. `oldest_read`
    is when the repository whose last reading is the oldest was read, in UTC.
    `unreadable` is the number of repositories and lockfiles that could not be read.
    """

    counts: dict[str, int]
    images: tuple[UseCount, ...]
    registries: tuple[UseCount, ...]
    oldest_read: str | None
    unreadable: int


def statistics(database: Path) -> Statistics:
    """Return the numbers of *database*.

    Raises:
        UsageError: the database cannot be used.
    """
    with open_for_reading(database) as connection:

        def uses(column: str) -> tuple[UseCount, ...]:
            query = _USE.replace("{column}", column)
            return tuple(UseCount(*row) for row in connection.execute(query, (MOST,)))

        (oldest,) = connection.execute("SELECT min(read_at) FROM repository").fetchone()
        return Statistics(
            counts={
                name: connection.execute(query).fetchone()[0]
                for name, query in _COUNTS.items()
            },
            images=uses("image.name"),
            registries=uses("image.registry"),
            oldest_read=oldest,
            unreadable=count_unreadable(connection),
        )
