"""How the images that an update changes moved before, as far as git knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.history.history import known_history
from imagelock.commands.history.timeline import MoveKind
from imagelock.dataclass import dataclass, field, replace
from imagelock.model.change import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.commands.history.timeline import Timeline
    from imagelock.model.change import Change
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierMoves:
    """The moves of images that were committed before the time `now`.

    With `is_shallow`, the clone lacks older commits: what the oldest that it has changed
    is not known, and in no timeline.
    """

    now: datetime
    timelines: Mapping[Reference, Timeline] = field(default_factory=dict)
    is_shallow: bool = False

    def of(self, change: Change) -> Timeline | None:
        """Return the moves before *change* of its image, with its tag before."""
        return self.timelines.get(change.old.reference) if change.old else None

    def times_this_month(self, change: Change) -> int:
        """Return how many times the image has got new content, *change* included.

        The month is that of the calendar, in UTC. With another tag, it is another image.
        """
        timeline = self.of(change)
        if timeline is None or change.kind is not ChangeKind.CONTENT:
            return 0
        month = (self.now.year, self.now.month)
        return 1 + sum(
            move.kind is MoveKind.CONTENT
            and (move.commit.date.year, move.commit.date.month) == month
            for move in timeline.moves
        )


def earlier_moves(
    project: ProjectFiles, changes: Iterable[Change]
) -> EarlierMoves | None:
    """Return how the images of *changes* moved; `None` if git has no lockfile."""
    references = {change.old.reference for change in changes if change.old}
    if not references:
        return None
    past = known_history(project)
    if past is None:
        return None
    timelines = (each.timeline for each in past.images)
    if past.is_shallow:
        oldest = min(
            (move.commit.date for each in past.images for move in each.timeline.moves),
            default=None,
        )
        timelines = (
            replace(each, moves=tuple(m for m in each.moves if m.commit.date != oldest))
            for each in timelines
        )
    return EarlierMoves(
        now=datetime.now(UTC),
        timelines={
            each.reference: each
            for each in timelines
            if each.reference in references and each.moves
        },
        is_shallow=past.is_shallow,
    )
