"""What is told of a moved image, in the same order in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.model.change import ChangeKind
from imagelock.model.image_details import ImageFacts
from imagelock.report.compare_links import link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.change import Change
    from imagelock.model.image import Image

_WORDS: Final = {
    ChangeKind.ADDED: "added",
    ChangeKind.REMOVED: "removed",
    ChangeKind.CONTENT: "other content",
    ChangeKind.ROLLBACK: "back to content that was locked before",
    ChangeKind.TAG_BUMPED: "another tag",
    ChangeKind.INDEX_ONLY: "same content, another index",
    ChangeKind.KIND_CHANGED: "another kind of image",
    ChangeKind.DETAILS: "same digest",
}

_MEGA: Final = 1_000_000
_REVISION: Final = 12
"""Characters of a revision that are shown."""
_CONSTANT: Final = ("0001", "1970", "1980")
"""Years that reproducible builds write in the place of a date."""


def word(change: Change) -> str:
    """Return what kind of change it is, in a word or two."""
    return f"newer {change.level}" if change.level else _WORDS[change.kind]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that differs; `before` is empty if it was not there or is not known.

    The texts are as the publisher wrote them.
    """

    name: str
    before: str
    after: str


def sides(change: Change) -> tuple[ImageFacts, ImageFacts]:
    """Return what is known of the old and of the new image."""
    if change.details:
        return change.details.old, change.details.new
    return _of_lock(change.old), _of_lock(change.new)


def facts(change: Change) -> list[Fact]:
    """Return what differs between the images, the most telling first."""
    return [fact for fact in _facts(change) if fact.after and fact.before != fact.after]


def source_link(change: Change) -> str | None:
    """Return the page that shows what changed in the source, if one is known."""
    old, new = sides(change)
    return link(old.source, old.revision, new.source, new.revision)


def _of_lock(image: Image | None) -> ImageFacts:
    if image is None:
        return ImageFacts()
    return ImageFacts(
        release=image.release, source=image.source, revision=image.revision
    )


def _facts(change: Change) -> Iterator[Fact]:
    old, new = sides(change)
    yield Fact("release", old.release or "", new.release or "")
    yield Fact("base image", _base(old), _base(new))
    yield Fact("created", _date(old), _date(new))
    before, after = old.revision or "", new.revision or ""
    if before != after:
        yield Fact("revision", before[:_REVISION], after[:_REVISION])
    details = change.details
    if details is None:
        return
    if details.layers and details.layers[1:] != (0, 0):
        kept, added, removed = details.layers
        told = f"{kept} kept, {added} added, {removed} removed"
        yield Fact("layers", "", told)
    if old.size is not None and new.size is not None:
        yield Fact("size", _size(old.size), _size(new.size))
    for name, was, now in details.settings:
        yield Fact(name, was, now or "not set")


def _base(said: ImageFacts) -> str:
    digest = said.base_digest or ""
    short = f"@{digest[:19]}" if digest else ""
    return f"{said.base_name or ''}{short}"


def _date(said: ImageFacts) -> str:
    date = said.created or ""
    return "" if date.startswith(_CONSTANT) else date


def _size(size: int) -> str:
    return f"{size} B" if size < _MEGA // 100 else f"{size / _MEGA:.2f} MB"
