"""The part of the page that shows what would run at a time, by tag and by lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagelock.commands.moving_target import moving_target
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from imagelock.commands.moving_target import Step, TargetImage
    from imagelock.commands.report import ProjectReport


def target(report: ProjectReport) -> dict[str, Any] | None:
    """Return what the slider of the page moves through; `None` if nothing ever moved.

    `times` are in seconds since 1970, for each position of the slider. The steps of an
    image are `POSITION=DIGEST` in a row, and its cells what is so at the last position.
    """
    images = moving_target(report)
    times = sorted(
        {step.time for image in images for step in (*image.by_tag, *image.by_lock)}
    )
    if not images:
        return None
    positions = {time: position for position, time in enumerate(times)}
    return {
        "times": " ".join(f"{time.timestamp():.0f}" for time in times),
        "last": len(times) - 1,
        "count": len(images),
        "split": sum(_now(i.by_tag) != _now(i.by_lock) for i in images),
        "images": [_row(image, positions) for image in images],
    }


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
