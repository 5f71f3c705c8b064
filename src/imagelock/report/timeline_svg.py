"""How images moved, as a picture: a bar for each image, a color for each digest."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from imagelock.commands.history.timeline import MoveKind
from imagelock.dataclass import dataclass
from imagelock.report.history import MOVE_LABELS, standing
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from imagelock.commands.history.history import History
    from imagelock.commands.history.timeline import Move, Timeline

_WIDTH: Final = 860
_LEFT: Final = 230
_EDGE: Final = 2
"""Left of the bars, where they have no names."""
_RIGHT: Final = 20
_TOP: Final = 16
_ROW: Final = 40
_BAR: Final = 24
_AXIS: Final = 36
_TICKS: Final = 5
_CHARACTER: Final = 7
"""The width of a character, in pixels: an estimate, which leaves some room."""
_COLORS: Final = 8
TIMELINE_STYLE: Final = """\
text { font: 13px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328 }
.code { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
.on { fill: #fff }
.tick { font-size: 11.5px; fill: #59636e }
line { stroke: #c5ccd3 }
.c0 { fill: #0550ae } .c1 { fill: #953800 } .c2 { fill: #116329 } .c3 { fill: #6639ba }
.c4 { fill: #99286e } .c5 { fill: #0a6b74 } .c6 { fill: #7d4e00 } .c7 { fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .tick { fill: #9198a1 } line { stroke: #3d444d }
}
"""
"""The style sheet of the pictures, for pages that have several.

Every color has a contrast of 4.5 to the white text on it (WCAG 2.2, 1.4.3).
"""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps times to pixels."""

    start: datetime
    end: datetime
    left: int

    def position(self, time: datetime) -> float:
        share = (time - self.start) / (self.end - self.start)
        return round(self.left + share * (_WIDTH - self.left - _RIGHT), 1)


def timeline_svg(histories: Sequence[History]) -> str:
    """Return an SVG document with a row for each image of *histories*.

    The picture ends at the time of the last commit, and needs nothing from elsewhere.
    """
    timelines = [image.timeline for each in histories for image in each.images]
    ends = [each.end for each in histories]
    return timeline_picture(
        timelines, ends, style=f"<style>\n{TIMELINE_STYLE}</style>\n"
    )


def timeline_picture(
    timelines: Sequence[Timeline],
    ends: Sequence[datetime],
    *,
    start: datetime | None = None,
    named: bool = True,
    style: str = "",
) -> str:
    """Return an `svg` element with a row for each of *timelines*, up to the last of *ends*.

    It begins at *start*, by default with the first move, and has the names of the images
    if it is *named*. A digest has the same color wherever it is in its row. Without
    *style*, an element that has `TIMELINE_STYLE`, the page around it must have that.
    """
    if not timelines:
        return _element("no image moved", style, (), 0)
    start = start or first_move(timelines)
    last = max(timeline.moves[-1].commit.date for timeline in timelines)
    # What came with the last commit must be seen, too.
    least = max(last + (last - start) / 12, start + timedelta(days=1))
    scale = _Scale(start, max([*ends, least]), _LEFT if named else _EDGE)
    rows = [
        line
        for number, timeline in enumerate(timelines)
        for line in [
            *([_name(timeline, _TOP + number * _ROW)] if named else []),
            *_bars(timeline, scale, _TOP + number * _ROW),
        ]
    ]
    axis = _axis(scale, _TOP + len(timelines) * _ROW)
    title = f"how the digests of {plural(len(timelines), 'image')} moved"
    return _element(title, style, [*rows, *axis], len(timelines))


def first_move(timelines: Iterable[Timeline]) -> datetime:
    """Return the time of the first move of any of *timelines*."""
    return min(timeline.moves[0].commit.date for timeline in timelines)


def _element(title: str, style: str, lines: Sequence[str], rows: int) -> str:
    height = _TOP + rows * _ROW + _AXIS
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' role="img" aria-label={quoteattr(title)}>\n<title>{escape(title)}</title>\n'
    )
    return head + style + "".join(f"{line}\n" for line in lines) + "</svg>\n"


def _name(timeline: Timeline, top: int) -> str:
    name = _cut(printable(timeline.reference.familiar), _LEFT - 20)
    middle = top + _BAR / 2 + 4
    return f'<text class="code" x="10" y="{middle}">{escape(name)}</text>'


def _bars(timeline: Timeline, scale: _Scale, top: int) -> Iterator[str]:
    colors: dict[object, int] = {}
    stands = [list(group) for _, group in groupby(timeline.moves, key=_digest)]
    for number, moves in enumerate(stands):
        first = moves[0]
        if first.new is None:
            continue
        after = stands[number + 1 : number + 2]
        end = after[0][0].commit.date if after else scale.end
        color = colors.setdefault(first.new.digest, len(colors) % _COLORS)
        yield from _bar(first, scale, end, color, top)


def _bar(
    move: Move, scale: _Scale, end: datetime, color: int, top: int
) -> Iterator[str]:
    left, right = scale.position(move.commit.date), scale.position(end)
    width = max(round(right - left, 1), 1)
    yield f"<g><title>{escape(_explanation(move))}</title>"
    yield (
        f'<rect class="c{color}" x="{left}" y="{top}" width="{width}"'
        f' height="{_BAR}" rx="3"/>'
    )
    if label := _label(move, width - 10):
        x, y = left + 6, top + _BAR / 2 + 4
        yield f'<text class="code on" x="{x:.1f}" y="{y}">{escape(label)}</text>'
    yield "</g>"


def _label(move: Move, width: float) -> str:
    """Return what fits *width* pixels: the release or the digest, or nothing."""
    if move.new is None:
        return ""
    mark = "↩ " if move.kind is MoveKind.ROLLBACK else ""
    short = move.new.digest.short[:7]
    release = printable(move.new.release or "")
    labels = [f"{mark}{text}" for text in (release, short) if text]
    fitting = (
        text for text in [*labels, mark.strip()] if len(text) * _CHARACTER <= width
    )
    return next(fitting, "")


def _explanation(move: Move) -> str:
    """Return what is shown where the pointer is: one line for each fact."""
    image = move.new
    facts = [
        f"{move.commit.date:%Y-%m-%d %H:%M} UTC, {MOVE_LABELS[move.kind]}",
        str(image.digest) if image else "",
        printable(image.release or "") if image else "",
        standing(move),
        f"{move.commit.revision[:12]} {printable(move.commit.subject)}",
    ]
    return "\n".join(filter(None, facts))


def _axis(scale: _Scale, top: int) -> Iterator[str]:
    yield f'<line x1="{scale.left}" y1="{top}" x2="{_WIDTH - _RIGHT}" y2="{top}"/>'
    for number in range(_TICKS):
        time = scale.start + (scale.end - scale.start) * number / (_TICKS - 1)
        x = scale.position(time)
        anchor = {0: "start", _TICKS - 1: "end"}.get(number, "middle")
        yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{top + 5}"/>'
        yield (
            f'<text class="tick" x="{x}" y="{top + 20}"'
            f' text-anchor="{anchor}">{time:%Y-%m-%d}</text>'
        )


def _cut(text: str, width: int) -> str:
    most = width // _CHARACTER
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _digest(move: Move) -> object:
    return move.new.digest if move.new else None
