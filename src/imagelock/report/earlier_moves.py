"""How an image moved before, for update requests: in words, and as a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.report.facts import changed_release
from imagelock.report.history import MOVE_LABELS, standing
from imagelock.report.markdown_text import escape_markdown, inline_code
from imagelock.report.style import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.commands.history.earlier_moves import EarlierMoves
    from imagelock.commands.history.timeline import Timeline
    from imagelock.model.change import Change

SHALLOW: Final = "Older moves are not known, as the clone is shallow."
_MOST: Final = 5
"""The last moves that are in the table."""


def frequency(change: Change, earlier: EarlierMoves | None) -> str:
    """Return `3rd rebuild this month`, if it is not the first; empty if not known."""
    times = earlier.times_this_month(change) if earlier else 0
    if times <= 1:
        return ""
    release = changed_release(change)
    word = "update" if release and release.before else "rebuild"
    return f"{_ordinal(times)} {word} this month"


def _ordinal(number: int) -> str:
    """Return *number* with its ending: `1st`, `2nd`, `3rd`, `11th`."""
    is_teen = number % 100 in {11, 12, 13}
    ending = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def earlier_table(change: Change, earlier: EarlierMoves | None) -> Iterator[str]:
    """Yield the last moves before *change*, newest first, as a table in Markdown."""
    if earlier is None:
        return
    timeline = earlier.of(change)
    if timeline and len(timeline.moves) == 1:
        since = timeline.moves[0].commit.date
        yield f"\nIt had not moved since {since:%Y-%m-%d}.\n"
    elif timeline:
        yield "\nHow it moved before:\n\n| since | stood | move | content |\n"
        yield "|---|---|---|---|\n"
        yield from _rows(timeline)
        if (more := len(timeline.moves) - _MOST) > 0:
            first = timeline.moves[0].commit.date
            yield f"\n{plural(more, 'more move')} since {first:%Y-%m-%d}\n"
    if earlier.is_shallow:
        yield f"\n{SHALLOW}\n"


def _rows(timeline: Timeline) -> Iterator[str]:
    for move in timeline.moves[: -_MOST - 1 : -1]:
        content = ""
        if move.new:
            content = inline_code(move.new.release or move.new.digest.short)
        label = escape_markdown(MOVE_LABELS[move.kind])
        since = f"{move.commit.date:%Y-%m-%d}"
        yield f"| {since} | {standing(move)} | {label} | {content} |\n"
