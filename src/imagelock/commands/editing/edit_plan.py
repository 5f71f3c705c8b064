"""Edits of files that are planned, and the references that stay as they are."""

from __future__ import annotations

from collections import defaultdict
from enum import Enum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Pin
    from imagelock.model.edit import Edit
    from imagelock.model.occurrence import Occurrence, VariableAssignment
    from imagelock.model.reference import Reference
    from imagelock.model.span import Span


class Obstacle(Enum):
    """Why a digest or a tag is not written at a place; the value is the sentence."""

    NOT_LOCKED = "it is not in the lockfile"
    CHOSEN = "another digest is written there, which was not pinned by imagelock"
    NOT_PINNED = "its digest was not pinned by imagelock; `--all` removes it, too"
    NO_TAG = "it has no tag, so that nothing would be left but its name"
    AMBIGUOUS = "it stands for several images"
    NOT_UTF8 = "the name of its file is not UTF-8, so the lockfile cannot name it"
    ELSEWHERE = "its digest is written in another place"
    VARIABLE = "a variable decides it"
    UNPINNABLE = "no digest can be written there"
    NO_TAG_WRITTEN = "its tag is not written there"
    UNPROVEN = "the edited file would not name the same images as before"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A reference that stays as it is, and why.

    `detail` is the sentence where it says more than the obstacle. `is_problem` is
    whether something that the user asked for could not be done.
    """

    occurrence: Occurrence
    obstacle: Obstacle
    detail: str = ""
    is_problem: bool = False

    @property
    def reason(self) -> str:
        """The sentence for people."""
        return self.detail or self.obstacle.value

    @property
    def as_written(self) -> str | None:
        """The text that stands for the reference, which is not in the lockfile."""
        is_unlocked = self.obstacle is Obstacle.NOT_LOCKED
        return self.occurrence.as_written if is_unlocked else None


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """An edit, the reference that its place has then, and the pin of that place.

    `assignment` is the variable whose value the edit changes, in place of the place.
    """

    occurrence: Occurrence
    reference: Reference
    edit: Edit
    pin: Pin
    assignment: VariableAssignment | None = None


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The edits of files, and the references that stay as they are."""

    planned: tuple[PlannedEdit, ...]
    unchanged: tuple[Unchanged, ...]

    @property
    def edits(self) -> dict[PurePosixPath, list[Edit]]:
        """The edits of each file."""
        edits: dict[PurePosixPath, list[Edit]] = defaultdict(list)
        for planned in self.planned:
            edits[planned.edit.path].append(planned.edit)
        return edits

    @property
    def expected_references(
        self,
    ) -> dict[tuple[PurePosixPath, Span, Reference], Reference]:
        """The new reference of each place that is edited, by its old one."""
        places = ((planned.occurrence.place, planned) for planned in self.planned)
        return {
            (place.path, place.span, planned.occurrence.reference): planned.reference
            for place, planned in places
        }

    @property
    def has_problems(self) -> bool:
        """Whether something that the user asked for could not be done."""
        return any(unchanged.is_problem for unchanged in self.unchanged)

    def without(
        self, path: PurePosixPath, spans: Collection[Span], obstacle: Obstacle
    ) -> EditPlan:
        """Return this plan without some edits, because of *obstacle*.

        They are those for the places at *spans* in the file at *path*; without *spans*,
        all edits of that file. A place with one of these edits keeps none, and neither
        do the places that share them.
        """
        dropped = {
            move.edit
            for move in self.planned
            if (
                (place := move.occurrence.place).path == path and place.span in spans
                if spans
                else move.edit.path == path
            )
        }
        places: set[Occurrence] = set()
        while len(places) < len(
            more := {m.occurrence for m in self.planned if m.edit in dropped}
        ):
            places = more
            dropped |= {m.edit for m in self.planned if m.occurrence in places}
        left_alone = dict.fromkeys(
            move.occurrence for move in self.planned if move.occurrence in places
        )
        return EditPlan(
            tuple(move for move in self.planned if move.occurrence not in places),
            (
                *self.unchanged,
                *(Unchanged(place, obstacle, is_problem=True) for place in left_alone),
            ),
        )
