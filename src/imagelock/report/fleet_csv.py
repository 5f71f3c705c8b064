"""What is known of a fleet, as CSV with a head (RFC 4180, with line feeds)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.fleet.behind import BehindResult
    from imagelock.fleet.split import SplitResult
    from imagelock.fleet.stats import Statistics
    from imagelock.fleet.where import WhereResult

_PLACE = ("reference", "digest", "platform", "repository", "lockfile", "revision")


def places(result: WhereResult) -> str:
    """Return the output of `fleet where --format csv`."""
    return table(
        ("image", *_PLACE, "read_at"),
        (
            (question, *(getattr(place, name) for name in _PLACE), place.read_at)
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
