"""Gather what is known of a fleet: `fleet report`."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.fleet.database.connection import count_unscanned, open_for_reading
from imagelock.fleet.scans.scanned_images import fleet_platforms
from imagelock.fleet.scans.stored_scans import assessed
from imagelock.fleet.split import split_tags
from imagelock.fleet.stats import statistics
from imagelock.scanning.assessment import VulnerabilityFilter
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from sqlite3 import Connection

    from imagelock.config.scan import ScanSettings
    from imagelock.fleet.behind import BehindResult
    from imagelock.fleet.scans.stored_scans import ScannedPlatform
    from imagelock.fleet.split import SplitTag
    from imagelock.fleet.stats import Statistics

_REPOSITORIES: Final = """
    SELECT repository.id, repository.name, repository.revision, repository.read_at,
        lockfile.path, image.reference
    FROM repository
    LEFT JOIN lockfile ON lockfile.repository_id = repository.id
    LEFT JOIN entry ON entry.content_id = lockfile.content_id
    LEFT JOIN image ON image.id = entry.image_id
    ORDER BY 2, 1, 5, 6
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadablePart:
    """A repository, or a lockfile of it, that could not be read."""

    repository: str
    lockfile: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRepository:
    """A repository, and the references that its lockfiles have, by their paths.

    `revision` is the commit that was read at `read_at`, if there is one.
    """

    name: str
    revision: str | None
    read_at: str | None
    lockfiles: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """What is known of the repositories at a time.

    `scans` are empty if nothing was scanned yet, and `behind` is `None` if registries
    were not asked. `unscanned` is the number of manifests of which nothing is known.
    """

    time: datetime
    statistics: Statistics
    repositories: tuple[ReportedRepository, ...]
    unreadable: tuple[UnreadablePart, ...]
    split: tuple[SplitTag, ...]
    scans: tuple[ScannedPlatform, ...] = ()
    unscanned: int = 0
    behind: BehindResult | None = None


def report_fleet(
    database: Path, settings: ScanSettings, behind: BehindResult | None = None
) -> FleetReport:
    """Return what *database* has.

    *settings* say which of the vulnerabilities count that were found, and *behind* is
    what registries answered, if they were asked.

    Raises:
        UsageError: the database cannot be used.
    """
    with open_for_reading(database) as connection:
        scans = tuple(_scans(connection, settings))
        return FleetReport(
            time=datetime.now(UTC),
            statistics=statistics(database),
            repositories=tuple(_repositories(connection)),
            unreadable=tuple(
                UnreadablePart(repository=name, lockfile=path, reason=reason)
                for name, path, reason in connection.execute(
                    "SELECT repository, lockfile, reason FROM unreadable ORDER BY 1, 2"
                )
            ),
            split=split_tags(database).tags,
            scans=scans,
            unscanned=count_unscanned(connection) if scans else 0,
            behind=behind,
        )


def _scans(connection: Connection, settings: ScanSettings) -> Iterator[ScannedPlatform]:
    if connection.execute("SELECT 1 FROM scan LIMIT 1").fetchone() is None:
        return
    which = VulnerabilityFilter(
        severity=VulnerabilitySeverity.of(settings.severity),
        ignore_unfixed=settings.ignore_unfixed,
    )
    chosen = list(fleet_platforms(connection, lambda _: True))
    yield from assessed(connection, chosen, None, which, settings)


def _repositories(connection: Connection) -> Iterator[ReportedRepository]:
    for (_, name, revision, read_at), group in groupby(
        connection.execute(_REPOSITORIES), lambda row: row[:4]
    ):
        lockfiles = {
            path: _references(rows)
            for path, rows in groupby(group, lambda row: row[4])
            if path is not None
        }
        yield ReportedRepository(
            name=name, revision=revision, read_at=read_at, lockfiles=lockfiles
        )


def _references(rows: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[5] for row in rows if row[5]))
