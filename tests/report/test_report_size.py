"""Reports on many files take time in proportion to their number."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.commands.editing.edit_plan import EditPlan, Obstacle, Unchanged
from imagelock.commands.list import ReferenceStatus
from imagelock.model.occurrence import Occurrence, Place
from imagelock.model.reference import Reference
from imagelock.model.span import Span
from imagelock.report import edits, listing
from imagelock.report.style import Style

FILES = 300
REFERENCE = Reference.parse("nginx")


class Path(PurePosixPath):
    """A path that counts comparisons."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Path.compared += 1
        return super().__eq__(other)

    __hash__ = PurePosixPath.__hash__


def places() -> list[Place]:
    """Return a place in each of many files."""
    Path.compared = 0
    return [
        Place(
            path=Path(f"{number}.yaml"),
            span=Span(0, 5, 1, 1),
            text="nginx",
            format="compose",
            uses=("a",),
        )
        for number in range(FILES)
    ]


def test_a_list_of_many_files() -> None:
    rows = [
        ReferenceStatus(Occurrence(place=place, reference=REFERENCE), None)
        for place in places()
    ]

    text = listing.format_references(rows, style=Style(), internal=False)

    assert text.count(".yaml\n") == FILES
    assert Path.compared < FILES


def test_edits_of_many_files() -> None:
    unchanged = [
        Unchanged(
            Occurrence(place=place, reference=REFERENCE),
            Obstacle.NOT_LOCKED,
            is_problem=True,
        )
        for place in places()
    ]

    text = edits.format_plan(EditPlan((), tuple(unchanged)), "pinned", style=Style())

    assert text.count(".yaml\n") == FILES
    assert Path.compared < FILES
