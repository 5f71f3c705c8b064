"""Facts about a changed image, in the same order in every format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.change import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.commands.history.timeline import Move
    from imagelock.model.change import Change
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageFacts

_LABELS: Final = {
    ChangeKind.ADDED: "added",
    ChangeKind.REMOVED: "removed",
    ChangeKind.CONTENT: "content changed",
    ChangeKind.ROLLBACK: "rolled back to earlier content",
    ChangeKind.TAG_BUMPED: "tag changed",
    ChangeKind.INDEX_ONLY: "only the index changed",
    ChangeKind.KIND_CHANGED: "kind of image changed",
    ChangeKind.DETAILS: "metadata updated",
}

RELEASE: Final = "release"
_RUN: Final = re.compile(r"/actions/runs/[0-9].*", re.DOTALL)
_MEGA: Final = 1_000_000
_REVISION: Final = 12
"""At most this many characters of a revision are printed."""
UNSIGNED: Final = "from unsigned provenance"
"""The origin of facts that only provenance states, which anybody can write."""


def change_label(change: Change) -> str:
    """Return the kind of *change* in a few words."""
    return f"newer {change.level}" if change.level else _LABELS[change.kind]


@dataclass(frozen=True, slots=True)
class Fact:
    """A property that differs between two images; `before` is empty if unknown.

    The values are untrusted: they come from the publisher of the image. With
    `is_unsigned`, it is only in the provenance.
    """

    name: str
    before: str
    after: str
    is_unsigned: bool = False


def _image_facts(change: Change) -> tuple[ImageFacts, ImageFacts]:
    """Return the facts about the old and the new image."""
    if change.details:
        return change.details.old, change.details.new
    return _of_lock(change.old), _of_lock(change.new)


def changed_facts(change: Change) -> list[Fact]:
    """Return the facts that differ between the images, most important first."""
    return [fact for fact in _facts(change) if fact.after and fact.before != fact.after]


def changed_release(change: Change) -> Fact | None:
    """Return the version of the image, if it changed."""
    facts = (fact for fact in changed_facts(change) if fact.name == RELEASE)
    return next(facts, None)


def source_link(change: Change) -> str | None:
    """Return the URL of the source changes, if it is known."""
    old, new = _image_facts(change)
    from imagelock.report.compare_links import compare_link  # for what changed

    return compare_link(old.source, old.revision, new.source, new.revision)


def move_link(move: Move) -> str | None:
    """Return the URL of the source changes that came with *move*, if it is known."""
    old, new = move.old, move.new
    if new is None:
        return None
    from imagelock.report.compare_links import compare_link  # for what changed

    before = (old.source, old.revision) if old else (None, None)
    return compare_link(*before, new.source, new.revision)


def _of_lock(image: Image | None) -> ImageFacts:
    from imagelock.model.image_details import ImageFacts  # most locks change nothing

    if image is None:
        return ImageFacts()
    return ImageFacts(
        release=image.release, source=image.source, revision=image.revision
    )


def _facts(change: Change) -> Iterator[Fact]:
    old, new = _image_facts(change)
    yield Fact(RELEASE, old.release or "", new.release or "")
    unsigned = new.unsigned
    yield Fact("base image", _base(old), _base(new), "base" in unsigned)
    yield Fact("created", _date(old), _date(new), "created" in unsigned)
    before, after = old.revision or "", new.revision or ""
    if before != after:
        short = before[:_REVISION], after[:_REVISION]
        yield Fact("revision", *short, "revision" in unsigned)
    before, after = _signer(change.old), _signer(change.new)
    yield Fact("signer", before, after or ("none" if before else ""))
    yield Fact("builder", _builder(old), _builder(new), is_unsigned=True)
    details = change.details
    if details is None:
        return
    if details.layers and details.layers[1:] != (0, 0):
        kept, added, removed = details.layers
        yield Fact("layers", "", f"{kept} kept, {added} added, {removed} removed")
    if old.size is not None and new.size is not None:
        yield Fact("size", _size(old.size), _size(new.size))
    for name, before, after in details.settings:
        yield Fact(name, before, after or "not set")


def _signer(image: Image | None) -> str:
    return str(image.signer) if image and image.signer else ""


def _base(image: ImageFacts) -> str:
    digest = image.base_digest or ""
    short = f"@{digest[:19]}" if digest else ""
    return f"{image.base_name or ''}{short}"


def _builder(image: ImageFacts) -> str:
    """Return the builder without the number of the run, which always differs."""
    builder = image.provenance.builder if image.provenance else None
    return _RUN.sub("", builder or "")


def _date(image: ImageFacts) -> str:
    date = image.created or ""
    from imagelock.model.build_date import is_placeholder  # for what changed

    return "" if is_placeholder(date) else date


def _size(size: int) -> str:
    return f"{size} B" if size < _MEGA // 100 else f"{size / _MEGA:.2f} MB"
