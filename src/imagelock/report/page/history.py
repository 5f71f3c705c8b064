"""The page of `history --format html`: a timeline for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from imagelock.report.history import FLAPPING
from imagelock.report.page.document import render
from imagelock.report.page.parts import (
    history_gaps,
    move_part,
    number,
    timeline_chips,
    words,
)
from imagelock.report.style import plural, printable
from imagelock.report.timeline_svg import first_move, timeline_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import PurePosixPath

    from imagelock.commands.history.history import History, ImageHistory
    from imagelock.report.page.parts import Chip, Number

_ORDERS: Final = (("", "name"), ("moved", "last move"), ("moves", "moves"))
_FEW: Final = 20
"""Images that are unfolded."""


def history_page(name: str, histories: Mapping[PurePosixPath, History]) -> str:
    """Return the moves of the project *name* as an HTML document.

    *histories* are by folder. All timelines have the same axis.
    """
    every = [image for each in histories.values() for image in each.images]
    end = max((each.end for each in histories.values()), default=None)
    start = first_move(image.timeline for image in every) if every else None
    images = [
        _image(image, folder, start, end)
        for folder, each in histories.items()
        for image in each.images
    ]
    return render(
        "history",
        title=f"How the images of {name} moved",
        items=images,
        item="image",
        orders=_ORDERS,
        numbers=list(_numbers(every)),
        notes=list(dict.fromkeys(_notes(histories))),
        images=images,
        is_open=len(images) <= _FEW,
    )


def _numbers(images: list[ImageHistory]) -> Iterator[Number]:
    yield number(len(images), "image")
    # The first of each image locks it: it is no move.
    moves = sum(len(each.timeline.moves) - 1 for each in images)
    yield number(moves, "move")
    if flapping := sum(each.timeline.is_flapping for each in images):
        yield flapping, FLAPPING, "warning"


def _notes(histories: Mapping[PurePosixPath, History]) -> Iterator[str]:
    if not any(each.images for each in histories.values()):
        yield "No image moved in these commits."
    for each in histories.values():
        yield from history_gaps(each)


def _image(
    history: ImageHistory,
    folder: PurePosixPath,
    start: datetime | None,
    end: datetime | None,
) -> dict[str, Any]:
    timeline = history.timeline
    moves = timeline.moves
    ends = [end] if end else []
    picture = timeline_picture([timeline], ends, start=start, named=False)
    return {
        "name": printable(timeline.reference.familiar),
        "registry": timeline.reference.registry,
        "project": "" if str(folder) == "." else printable(str(folder)),
        "kind": words(move.kind.value for move in moves),
        "moved": f"{moves[-1].commit.date:%Y-%m-%d}",
        "chips": list(_chips(history)),
        "timeline": Markup(picture),  # noqa: S704 - escaped where it is made
        "moves": [move_part(move) for move in reversed(moves)],
        "seen": [
            (str(sighting.digest), f"{sighting.since:%Y-%m-%d}")
            for sighting in history.seen
        ],
    }


def _chips(history: ImageHistory) -> Iterator[Chip]:
    yield plural(len(history.timeline.moves), "move"), ""
    yield from timeline_chips(history.timeline)
