"""How images moved, as text for the terminal and as Markdown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from imagelock.commands.history.timeline import MoveKind
from imagelock.report.changes import short_digest
from imagelock.report.facts import move_link
from imagelock.report.markdown_text import escape_markdown, inline_code
from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.history.history import History, ImageHistory
    from imagelock.commands.history.timeline import Move

MOVE_LABELS: Final = {
    MoveKind.ADDED: "added",
    MoveKind.REMOVED: "removed",
    MoveKind.CONTENT: "content changed",
    MoveKind.INDEX_ONLY: "only the index changed",
    MoveKind.ROLLBACK: "rolled back",
    MoveKind.TAG_BUMPED: "tag changed",
    MoveKind.KIND_CHANGED: "kind of image changed",
    MoveKind.PLATFORMS: "platforms changed",
}
FLAPPING: Final = "moved back and forth"
"""The mark of an image with a digest that left and came back."""

_REVISION: Final = 12
_INDENT: Final = 14


def format_history(histories: Mapping[PurePosixPath, History], *, style: Style) -> str:
    """Return the moves of each image, newest first; *histories* are by folder."""
    parts = []
    for folder, history in histories.items():
        title = (
            [f"{style.bold(printable(str(folder)))}\n\n"] if len(histories) > 1 else []
        )
        blocks = ["".join(_block(image, style)) for image in history.images]
        parts.append("".join([*title, "\n".join(blocks)]))
    return "\n".join(parts)


def _block(image: ImageHistory, style: Style) -> Iterator[str]:
    mark = f"  {style.magenta(FLAPPING)}" if image.timeline.is_flapping else ""
    yield f"{style.bold(printable(image.timeline.reference.familiar))}{mark}\n"
    for sighting in image.seen:
        digest = sighting.digest.abbreviated
        yield f"  {sighting.since:%Y-%m-%d}  seen, but never locked: {digest}\n"
    moves = image.timeline.moves[::-1]
    rows = [(MOVE_LABELS[move.kind], *_cells(move)) for move in moves]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for move, row in zip(moves, rows, strict=True):
        columns = zip(row, widths, strict=True)
        line = "  ".join(f"{cell:<{w}}" for cell, w in columns if w).rstrip()
        yield f"  {move.commit.date:%Y-%m-%d}  {line}\n"
        for detail in _details(move):
            yield f"{'':{_INDENT}}{style.dim(detail)}\n"


def _cells(move: Move) -> tuple[str, ...]:
    """Return the digest, the release, and how long the digest stood."""
    return (
        short_digest(move.new.digest if move.new else None, ""),
        release_pair(move),
        standing(move),
    )


def _details(move: Move) -> Iterator[str]:
    revision = move.commit.revision[:_REVISION]
    yield f"{revision} {printable(move.commit.subject)}".rstrip()
    if other := other_reference(move):
        yield other
    if url := move_link(move):
        yield url


def release_pair(move: Move) -> str:
    """Return the release before and after *move*, or only the latter; it may be empty."""
    new = printable(move.new.release or "") if move.new else ""
    old = printable(move.old.release or "") if move.old else ""
    return f"{old} -> {new}" if old and new and old != new else new


def other_reference(move: Move) -> str:
    """Return which tag took the place of another, if *move* is such a one."""
    if move.other is None:
        return ""
    name = printable(move.other.familiar)
    return f"instead of {name}" if move.new else f"gave way to {name}"


def standing(move: Move) -> str:
    """Return how long the digest stood, in words; empty for an image that was removed."""
    if move.new is None:
        return ""
    return "until now" if move.stood is None else span_words(move.stood)


def span_words(time: timedelta) -> str:
    """Return *time* in its largest unit: `18 days`, `5 hours`, `2 minutes`."""
    for unit, length in (
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        if time >= length:
            return plural(time // length, unit)
    return plural(time.seconds, "second")


def markdown(histories: Mapping[PurePosixPath, History]) -> str:
    """Return a table of the moves of each image, newest first, in Markdown."""
    parts = []
    for folder, history in histories.items():
        if len(histories) > 1:
            parts.append(f"## {escape_markdown(str(folder))}\n")
        parts += ["".join(_section(image)) for image in history.images]
    return "\n".join(parts)


def _section(image: ImageHistory) -> Iterator[str]:
    mark = f" ({FLAPPING})" if image.timeline.is_flapping else ""
    yield f"### {inline_code(image.timeline.reference.familiar)}{mark}\n\n"
    yield _row(["Date", "Move", "Digest", "Release", "Stood", "Commit"])
    yield "| --- | --- | --- | --- | --- | --- |\n"
    for move in image.timeline.moves[::-1]:
        yield _row(_markdown_cells(move))
    for sighting in image.seen:
        digest = inline_code(str(sighting.digest))
        yield f"\nSeen on {sighting.since:%Y-%m-%d}, but never locked: {digest}\n"


def _markdown_cells(move: Move) -> Iterator[str]:
    yield f"{move.commit.date:%Y-%m-%d}"
    other = other_reference(move)
    label = MOVE_LABELS[move.kind] + (f", {escape_markdown(other)}" if other else "")
    url = move_link(move)
    yield f"[{label}]({url})" if url else label
    yield inline_code(str(move.new.digest)) if move.new else ""
    yield escape_markdown(release_pair(move))
    yield standing(move)
    revision = inline_code(move.commit.revision[:_REVISION])
    yield f"{revision} {escape_markdown(move.commit.subject)}"


def _row(cells: Sequence[str] | Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
