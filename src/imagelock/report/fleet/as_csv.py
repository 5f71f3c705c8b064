"""What is known of a fleet, as CSV with a head (RFC 4180, with line feeds)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.fleet.behind import BehindResult
    from imagelock.fleet.scan import FleetScan
    from imagelock.fleet.scans.stored_scans import ScannedPlatform
    from imagelock.fleet.split import SplitResult
    from imagelock.fleet.stats import Statistics
    from imagelock.fleet.where import WhereResult

_SCANNED = (
    *("reference", "digest", "platform", "manifest_digest", "outcome", "scanner"),
    *("problem", "repositories"),
)
_FOUND = ("vulnerability", "severity", "package", "installed", "fixed", "exploited")
_PLACE = (
    "reference",
    "digest",
    "platform",
    "repository",
    "lockfile",
    "revision",
    "read_at",
    "severity",
)


def places(result: WhereResult) -> str:
    """Return the output of `fleet where --format csv`."""
    return table(
        ("image", *_PLACE, "packages"),
        (
            (
                question,
                *(getattr(place, name) for name in _PLACE),
                "; ".join(place.packages),
            )
            for question, found in result.places.items()
            for place in found
        ),
    )


def split_tags(result: SplitResult) -> str:
    """Return the output of `fleet split --format csv`."""
    return table(
        ("reference", "digest", "release", "repository", "lockfile"),
        (
            (tag.reference, each.digest, each.release, repository, lockfile)
            for tag in result.tags
            for each in tag.digests
            for repository, lockfile in each.places
        ),
    )


def behind_tags(result: BehindResult) -> str:
    """Return the output of `fleet behind --format csv`."""
    return table(
        ("reference", "current", "digest", "release", "repository", "lockfile"),
        (
            (
                tag.reference,
                tag.current,
                each.digest,
                each.release,
                repository,
                lockfile,
            )
            for tag in result.tags
            for each in tag.digests
            for repository, lockfile in each.places
        ),
    )


def scanned(run: FleetScan) -> str:
    """Return the output of `fleet scan --format csv`: a row for each vulnerability.

    A manifest in which nothing was found, or that could not be scanned, has a row, too.
    """
    return table(
        (*_SCANNED, *_FOUND),
        (
            (*_scanned(each), *found)
            for each in run.platforms
            for found in _found(each) or [("",) * len(_FOUND)]
        ),
    )


def _scanned(each: ScannedPlatform) -> tuple[object, ...]:
    entry = each.assessment
    target, report = entry.locked.target, entry.report
    return (
        *(each.reference, each.digest, entry.locked.platform),
        *(target and target.digest, entry.outcome.value, report and report.tool),
        *(entry.problem, len(each.repositories)),
    )


def _found(each: ScannedPlatform) -> list[tuple[object, ...]]:
    return [
        (
            *(row.id, row.severity.word, row.package, row.installed),
            *(", ".join(row.fixed), row.exploited),
        )
        for row in each.assessment.vulnerabilities
    ]


def statistics(result: Statistics) -> str:
    """Return the output of `fleet stats --format csv`."""
    counts = {**result.counts, "unreadable": result.unreadable}
    return table(("name", "count"), counts.items())


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """Return *rows* below *head*; what is `None` is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow("" if cell is None else printable(str(cell)) for cell in row)
    return text.getvalue()
