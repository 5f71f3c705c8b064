"""Put together what was read of the same places."""

from __future__ import annotations

from collections import defaultdict

from imagelock.light_typing import TYPE_CHECKING
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.project.path_order import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found


def merge(everything: Iterable[Found]) -> list[Found]:
    """Sort by place, and drop duplicates.

    A file that another file includes is read twice, by itself and as included. A
    place that is a reference in one reading is not "skipped" because the other
    lacks a variable.
    """
    by_path: dict[PurePosixPath, list[Found]] = defaultdict(list)
    for found in everything:
        by_path[found.place.path].append(found)
    return [
        found
        for _, there in sorted(by_path.items(), key=lambda item: in_order(item[0]))
        for found in (_merged(there) if len(there) > 1 else there)
    ]


def _merged(there: Iterable[Found]) -> list[Found]:
    """Return what is *there*, in one file, by its place."""
    occurrences = {
        (found.place.span, found.reference): found
        for found in there
        if isinstance(found, Occurrence)
    }
    taken = {span for span, _ in occurrences}
    skipped = {
        (found.place.span, found.reason): found
        for found in there
        if isinstance(found, Skipped)
        and (
            found.reason.judgement is Judgement.UNREADABLE
            or found.place.span not in taken
        )
    }
    merged: list[Found] = [*occurrences.values(), *skipped.values()]
    return sorted(merged, key=lambda found: found.place.span)
