"""Put together what was read of the same places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Judgement, Occurrence, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.occurrence import Found


def merge(everything: Iterable[Found]) -> list[Found]:
    """Sort by place, and drop duplicates.

    A file that another file includes is read twice, by itself and as included. A
    place that is a reference in one reading is not "skipped" because the other
    lacks a variable.
    """
    occurrences = {
        (found.place.path, found.place.span, found.reference): found
        for found in everything
        if isinstance(found, Occurrence)
    }
    taken = {(path, span) for path, span, _ in occurrences}
    skipped = {
        (found.place.path, found.place.span, found.reason): found
        for found in everything
        if isinstance(found, Skipped)
        and (
            found.reason.judgement is Judgement.UNREADABLE
            or (found.place.path, found.place.span) not in taken
        )
    }
    merged: list[Found] = [*occurrences.values(), *skipped.values()]
    return sorted(merged, key=lambda found: (found.place.path, found.place.span))
