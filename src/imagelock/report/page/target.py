"""The part of the page that shows what would run at a time, by tag and by lock."""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from imagelock.commands.history.moving_target import moving_target
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from imagelock.commands.history.moving_target import Step, TargetImage
    from imagelock.commands.history.report import ProjectReport
    from imagelock.model.digest import Digest


def target(report: ProjectReport) -> dict[str, Any] | None:
    """Return what the slider of the page moves through; `None` if nothing ever moved.

    `times` are in seconds since 1970, for each position of the slider. The steps of an
    image are `POSITION=DIGEST` in a row, and its cells what is so at the last position.
    """
    images = moving_target(report)
    if not images:
        return None
    times = sorted(
        {step.time for image in images for step in (*image.by_tag, *image.by_lock)}
    )
    positions = {time: position for position, time in enumerate(times)}
    counts = _split_counts(images, positions)
    most = max(counts)
    return {
        "times": " ".join(f"{time.timestamp():.0f}" for time in times),
        "last": len(times) - 1,
        "count": len(images),
        "split": counts[-1],
        "most": most,
        "start": f"{times[0]:%Y-%m-%d}",
        "peak": f"{times[counts.index(most)]:%Y-%m-%d}",
        "end": f"{times[-1]:%Y-%m-%d}",
        "bars": list(_bars(counts)),
        "images": [_row(image, positions) for image in images],
    }


def _split_counts(
    images: Sequence[TargetImage], positions: Mapping[datetime, int]
) -> list[int]:
    """Return how many images run something else by tag, for each position."""
    changes = [0] * len(positions)
    for image in images:
        now: dict[str, Digest | None] = {}
        is_split = False
        steps = [("tag", step) for step in image.by_tag]
        steps += [("lock", step) for step in image.by_lock]
        steps.sort(key=lambda item: item[1].time)
        for time, group in groupby(steps, key=lambda item: item[1].time):
            now |= {name: step.digest for name, step in group}
            was_split, is_split = is_split, now.get("tag") != now.get("lock")
            changes[positions[time]] += is_split - was_split
    return list(accumulate(changes))


def _bars(counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the first position, the width and the height of each bar of the chart."""
    start = 0
    for count, group in groupby(counts):
        width = len(list(group))
        if count:
            yield start, width, count
        start += width


def _row(image: TargetImage, positions: Mapping[datetime, int]) -> dict[str, Any]:
    return {
        "name": printable(image.name),
        "tag": _steps(image.by_tag, positions),
        "lock": _steps(image.by_lock, positions),
        "tag_now": _now(image.by_tag),
        "lock_now": _now(image.by_lock),
    }


def _steps(steps: Sequence[Step], positions: Mapping[datetime, int]) -> str:
    return " ".join(f"{positions[step.time]}={_short(step)}" for step in steps)


def _now(steps: Sequence[Step]) -> str:
    return _short(steps[-1]) if steps else ""


def _short(step: Step) -> str:
    return step.digest.short if step.digest else ""
