"""What images would run as at any time: by their tags, and by the lock."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from imagelock.commands.history.report import ProjectReport, ReportedImage
    from imagelock.model.digest import Digest


@dataclass(frozen=True, slots=True)
class Step:
    """What an image runs as from a time on; `digest` is `None` once it is not locked."""

    time: datetime
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class TargetImage:
    """The steps of an image, oldest first, and a digest only where it changes.

    `by_tag` is what is known of its tag: digests count from the time on at which they
    were seen or locked, as registries do not say since when a tag stands for them.
    """

    name: str
    by_tag: tuple[Step, ...]
    by_lock: tuple[Step, ...]


def moving_target(report: ProjectReport) -> list[TargetImage]:
    """Return the images of *report* that something is known to have moved."""
    images = (_target_image(image, report) for image in report.images)
    return [each for each in images if len(each.by_tag) > 1 or len(each.by_lock) > 1]


def _target_image(image: ReportedImage, report: ProjectReport) -> TargetImage:
    history = image.history
    moves = history.timeline.moves if history else ()
    locked = [Step(m.commit.date, m.new.digest if m.new else None) for m in moves]
    seen = [Step(s.since, s.digest) for s in history.sightings] if history else []
    now = [Step(report.time, digest) for digest in _moved_to(image)]
    return TargetImage(
        image.name, tuple(_changes([*locked, *seen, *now])), tuple(_changes(locked))
    )


def _moved_to(image: ReportedImage) -> Iterator[Digest]:
    """Yield the digest that the tag of *image* stands for now, if that is another."""
    digests = (finding.moved_to for finding in image.findings)
    yield from (digest for digest in digests if digest)


def _changes(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the first of *steps*, by time, of each digest in a row."""
    ordered: Sequence[Step] = sorted(steps, key=attrgetter("time"))
    for _, group in groupby(ordered, key=attrgetter("digest")):
        yield next(group)
