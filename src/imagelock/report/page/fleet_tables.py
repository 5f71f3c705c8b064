"""The tables at the head of the page of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.report.fleet.as_text import familiar, repositories, short, some
from imagelock.report.scans.as_text import distinct_rows
from imagelock.report.style import printable
from imagelock.scanning.counts import count_words, most_severe, worst_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.fleet.behind import BehindTag
    from imagelock.fleet.report import FleetReport
    from imagelock.fleet.scans.stored_scans import ScannedPlatform
    from imagelock.fleet.split import SplitTag
    from imagelock.scanning.vulnerability import Vulnerability

    VulnerableImage = tuple[str, str, list[Vulnerability], list[str]]
    """A reference, the locked digest, what is in it, and the repositories."""

_MOST: Final = 500
"""Rows of a table. The database has the others."""
_NAMED: Final = 3
"""Vulnerabilities that are named where there may be hundreds."""


def fleet_tables(report: FleetReport) -> Iterator[dict[str, Any]]:
    """Yield the tables that have rows."""
    yield from _table(
        "Could not be read",
        ("Repository", "Lockfile", "Reason"),
        [
            (printable(each.repository), printable(each.lockfile or ""), each.reason)
            for each in report.unreadable
        ],
    )
    yield from _table(
        "Vulnerable images",
        ("Image", "Digest", "Found", "Repositories"),
        [
            (familiar(name), f"`{short(digest)}`", _words(rows), _names(users))
            for name, digest, rows, users in images_by_severity(report)
        ],
    )
    yield from _table(
        "Tags that have moved",
        ("Tag", "Now", "Locked", "Repositories"),
        _moved_rows(report.behind.tags if report.behind else ()),
    )
    yield from _table(
        "Tags with several digests",
        ("Tag", "Digest", "Release", "Repositories"),
        _split_rows(report.split),
    )
    for title, name, uses in (
        ("Most used images", "Image", report.statistics.images),
        ("Most used registries", "Registry", report.statistics.registries),
    ):
        yield from _table(
            title,
            (name, "Repositories", "References"),
            [(printable(u.name), str(u.repositories), str(u.references)) for u in uses],
        )


def images_by_severity(report: FleetReport) -> list[VulnerableImage]:
    """Return the locked images with vulnerabilities, the worst first."""
    groups: dict[tuple[str, str], list[ScannedPlatform]] = {}
    for each in report.scans:
        if each.assessment.vulnerabilities:
            groups.setdefault((each.reference, each.digest), []).append(each)
    images = [
        (
            *(name, digest, distinct_rows(each.assessment for each in group)),
            sorted({user for each in group for user in each.repositories}),
        )
        for (name, digest), group in groups.items()
    ]
    return sorted(images, key=lambda image: (-image[2][0].severity, -len(image[3])))


def _moved_rows(tags: Iterable[BehindTag]) -> list[tuple[str, ...]]:
    return [
        (
            familiar(tag.reference),
            f"`{short(tag.current)}`" if tag.current else "no longer served",
            f"`{short(each.digest)}`",
            _names(each.repositories),
        )
        for tag in tags
        for each in tag.digests
    ]


def _split_rows(tags: Iterable[SplitTag]) -> list[tuple[str, ...]]:
    return [
        (
            familiar(tag.reference),
            f"`{short(each.digest)}`",
            printable(each.release or ""),
            _names(each.repositories),
        )
        for tag in tags
        for each in tag.digests
    ]


def _table(
    title: str, head: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> Iterator[dict[str, Any]]:
    if not rows:
        return
    more = len(rows) - _MOST
    yield {
        "id": title.lower().replace(" ", "-"),
        "title": title,
        "head": head,
        "rows": rows[:_MOST],
        "more": f"{more} more rows are in the database." if more > 0 else "",
    }


def _words(rows: Iterable[Vulnerability]) -> str:
    worst = worst_by_id(rows)
    return printable(f"{count_words(worst)}: {most_severe(worst, _NAMED)}")


def _names(names: Sequence[str]) -> str:
    return f"{repositories(len(names))}: {some([*map(printable, names)])}"
