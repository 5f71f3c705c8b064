"""Plan the edits that write locked digests into files, or take them out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.commands.editing.edit_plan import (
    EditPlan,
    Obstacle,
    PlannedEdit,
    Unchanged,
)
from imagelock.commands.selection import find_pin, with_pins
from imagelock.dataclass import dataclass, replace
from imagelock.lockfile.model import split_template
from imagelock.model.edit import Edit
from imagelock.model.occurrence import DigestSlot, Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Lockfile, Pin
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span

_BARE: Final = frozenset({"@{digest}", "{digest}", "{hex}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOptions:
    """The images to pin or unpin, by their keys, and how.

    `variables` also pins references that variables decide, `everything` also removes
    digests that were not pinned, and `pinned_only` leaves every other place alone.
    """

    keys: Collection[Reference]
    variables: bool = False
    everything: bool = False
    pinned_only: bool = False


def plan_pins(
    findings: Sequence[Found],
    lockfile: Lockfile,
    options: PinOptions,
    read: Callable[[PurePosixPath], Text],
) -> EditPlan:
    """Return the edits that write the locked digests into the files.

    A digest that somebody chose stays; one that was pinned follows the lock.
    *read* returns the text of a file that is among *findings*.
    """
    planned: list[PlannedEdit] = []
    unchanged: list[Unchanged] = []
    ambiguous = ambiguous_places(findings)
    for occurrence, place in with_pins(findings):
        key, digest = occurrence.reference.key, occurrence.reference.digest
        pin = find_pin(place, key, lockfile.pins)
        if key not in options.keys or (options.pinned_only and pin is None):
            continue
        image = lockfile.images.get(key)
        if image is None:
            unchanged.append(
                Unchanged(occurrence, Obstacle.NOT_LOCKED, is_problem=True)
            )
        elif digest == image.digest:
            continue
        elif obstacle := _pin_obstacle(occurrence, ambiguous, options, pin):
            unchanged.append(obstacle)
        else:
            text = read(occurrence.place.path)
            form = _form(occurrence, text)
            edit = _insertion(occurrence, image.digest, form, text)
            new = pin or replace(place, wrote="" if form in _BARE else form)
            reference = occurrence.reference.at(image.digest)
            planned.append(PlannedEdit(occurrence, reference, edit, new))
    return EditPlan(tuple(_distinct(planned)), tuple(unchanged))


def plan_removals(
    findings: Sequence[Found],
    lockfile: Lockfile,
    options: PinOptions,
    read: Callable[[PurePosixPath], Text],
) -> EditPlan:
    """Return the edits that take the pinned digests out of the files.

    The files are then, to the byte, as `plan_pins` found them.
    """
    planned: list[PlannedEdit] = []
    unchanged: list[Unchanged] = []
    for occurrence, place in with_pins(findings):
        key = occurrence.reference.key
        if key not in options.keys or occurrence.reference.digest is None:
            continue
        pin = find_pin(place, key, lockfile.pins)
        if obstacle := _removal_obstacle(occurrence, options, pin):
            unchanged.append(Unchanged(occurrence, obstacle))
            continue
        edit = _removal(occurrence, pin or place, read)
        planned.append(PlannedEdit(occurrence, key, edit, pin or place))
    return EditPlan(tuple(_distinct(planned)), tuple(unchanged))


def ambiguous_places(
    findings: Sequence[Found],
) -> frozenset[tuple[PurePosixPath, Span]]:
    """Return the places that name more than one image."""
    names: dict[tuple[PurePosixPath, Span], set[Reference]] = defaultdict(set)
    for finding in findings:
        if isinstance(finding, Occurrence):
            place = finding.place
            names[place.path, place.span].add(finding.reference.key)
    return frozenset(place for place, keys in names.items() if len(keys) > 1)


def replace_digest(occurrence: Occurrence, digest: Digest, text: Text) -> Edit | None:
    """Return the edit that writes *digest* over that of *occurrence*.

    `None` if its digest is written in another place. *text* is that of its file.
    """
    if _written_digest(occurrence) is None:
        return None
    return _insertion(occurrence, digest, _slot(occurrence, text).template, text)


def _pin_obstacle(
    occurrence: Occurrence,
    ambiguous: frozenset[tuple[PurePosixPath, Span]],
    options: PinOptions,
    pin: Pin | None,
) -> Unchanged | None:
    """Return why no digest is written at *occurrence*, if there is a reason."""
    place, digest = occurrence.place, occurrence.reference.digest
    obstacle, reason = None, ""
    if digest and pin is None:
        obstacle = Obstacle.CHOSEN
    elif reason := occurrence.unpinnable_reason or "":
        obstacle = Obstacle.UNPINNABLE
    elif _is_unrecordable(place.path):
        obstacle = Obstacle.NOT_UTF8
    elif (place.path, place.span) in ambiguous:
        obstacle = Obstacle.AMBIGUOUS
    elif occurrence.variables and not options.variables and pin is None:
        names = ", ".join(occurrence.variables)
        reason = f"{names} decides it; `--variables` pins it all the same"
        obstacle = Obstacle.VARIABLE
    elif digest and _written_digest(occurrence) is None:
        obstacle = Obstacle.ELSEWHERE
    return Unchanged(occurrence, obstacle, reason) if obstacle else None


def _is_unrecordable(path: PurePosixPath) -> bool:
    """Return whether TOML cannot hold *path*: on Linux, a name is any bytes."""
    return any("\ud800" <= character <= "\udfff" for character in str(path))


def _removal_obstacle(
    occurrence: Occurrence, options: PinOptions, pin: Pin | None
) -> Obstacle | None:
    if pin is None and not options.everything:
        return Obstacle.NOT_PINNED
    if occurrence.reference.tag is None:
        return Obstacle.NO_TAG
    return Obstacle.ELSEWHERE if _written_digest(occurrence) is None else None


def _written_digest(occurrence: Occurrence) -> str | None:
    """Return the digest with its `@`, if it is behind the text of *occurrence*."""
    written = f"@{occurrence.reference.digest}"
    is_there = occurrence.slot or occurrence.place.text.endswith(written)
    return written if is_there else None


def _slot(occurrence: Occurrence, text: Text) -> DigestSlot:
    if occurrence.slot:
        return occurrence.slot
    span = occurrence.place.span
    written = _written_digest(occurrence) if occurrence.reference.digest else None
    start = span.end - len(text.encode(written or ""))
    return DigestSlot(replace(span, start=start), "@{digest}")


def _form(occurrence: Occurrence, text: Text) -> str:
    """Return the form to write: with the tag, if none is written there yet."""
    is_bare = occurrence.tag_is_implied and occurrence.slot is None
    tag = f":{occurrence.reference.tag}" if is_bare else ""
    return tag + _slot(occurrence, text).template


def _insertion(occurrence: Occurrence, digest: Digest, form: str, text: Text) -> Edit:
    span = _slot(occurrence, text).span
    written = text.encode("".join(_filled(form, digest)))
    return Edit(occurrence.place.path, span.start, span.end, written)


def _removal(
    occurrence: Occurrence, pin: Pin, read: Callable[[PurePosixPath], Text]
) -> Edit:
    """Return the edit that removes everything that was written with the digest."""
    text, digest = read(occurrence.place.path), occurrence.reference.digest
    slot = _slot(occurrence, text)
    start, end = slot.span.start, slot.span.end
    if pin.wrote and digest:
        before, _, after = _filled(pin.wrote, digest)
        inner_before, _, inner_after = _filled(slot.template, digest)
        start -= len(text.encode(before)) - len(text.encode(inner_before))
        end += len(text.encode(after)) - len(text.encode(inner_after))
    return Edit(occurrence.place.path, start, end, b"")


def _filled(form: str, digest: Digest) -> tuple[str, str, str]:
    """Return the text before the digest, the digest, and the text behind it."""
    before, field, after = split_template(form)
    return before, str(digest) if field == "digest" else digest.encoded, after


def _distinct(planned: list[PlannedEdit]) -> list[PlannedEdit]:
    """Return *planned* without those that only repeat an edit."""
    first: dict[Edit, PlannedEdit] = {}
    for edit in planned:
        first.setdefault(edit.edit, edit)
    return list(first.values())
