"""Plan the edits that write locked digests into files, or take them out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from imagelock.commands.selection import find_pin, with_pins
from imagelock.lockfile.model import split_template
from imagelock.model.edit import Edit
from imagelock.model.occurrence import DigestSlot, Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Lockfile, Pin
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, VariableAssignment
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span

_BARE: Final = frozenset({"@{digest}", "{digest}", "{hex}"})


class Obstacle(Enum):
    """Why a digest or a tag is not written at a place; the value is the sentence."""

    NOT_LOCKED = "it is not in the lockfile"
    CHOSEN = "another digest is written there, which was not pinned by imagelock"
    NOT_PINNED = "its digest was not pinned by imagelock; `--all` removes it, too"
    NO_TAG = "it has no tag, so that nothing would be left but its name"
    AMBIGUOUS = "it stands for several images"
    NOT_UTF8 = "the name of its file is not UTF-8, so the lockfile cannot name it"
    ELSEWHERE = "its digest is written in another place"
    VARIABLE = "a variable decides it"
    UNPINNABLE = "no digest can be written there"
    NO_TAG_WRITTEN = "its tag is not written there"
    UNPROVEN = "the edited file would not name the same images as before"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A reference that stays as it is, and why.

    `detail` is the sentence where it says more than the obstacle. `is_problem` is
    whether something that the user asked for could not be done.
    """

    occurrence: Occurrence
    obstacle: Obstacle
    detail: str = ""
    is_problem: bool = False

    @property
    def reason(self) -> str:
        """The sentence for people."""
        return self.detail or self.obstacle.value

    @property
    def as_written(self) -> str | None:
        """The text that stands for the reference, which is not in the lockfile."""
        is_unlocked = self.obstacle is Obstacle.NOT_LOCKED
        return self.occurrence.as_written if is_unlocked else None


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """An edit, the reference that its place has then, and the pin of that place.

    `assignment` is the variable whose value the edit changes, in place of the place.
    """

    occurrence: Occurrence
    reference: Reference
    edit: Edit
    pin: Pin
    assignment: VariableAssignment | None = None


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The edits of files, and the references that stay as they are."""

    planned: tuple[PlannedEdit, ...]
    unchanged: tuple[Unchanged, ...]

    @property
    def edits(self) -> dict[PurePosixPath, list[Edit]]:
        """The edits of each file."""
        edits: dict[PurePosixPath, list[Edit]] = defaultdict(list)
        for planned in self.planned:
            edits[planned.edit.path].append(planned.edit)
        return edits

    @property
    def expected_references(
        self,
    ) -> dict[tuple[PurePosixPath, Span, Reference], Reference]:
        """The new reference of each place that is edited, by its old one."""
        places = ((planned.occurrence.place, planned) for planned in self.planned)
        return {
            (place.path, place.span, planned.occurrence.reference): planned.reference
            for place, planned in places
        }

    @property
    def has_problems(self) -> bool:
        """Whether something that the user asked for could not be done."""
        return any(unchanged.is_problem for unchanged in self.unchanged)

    def without(
        self, path: PurePosixPath, spans: Collection[Span], obstacle: Obstacle
    ) -> EditPlan:
        """Return this plan without some edits, because of *obstacle*.

        They are those for the places at *spans* in the file at *path*; without *spans*,
        all edits of that file. A place with one of these edits keeps none, and neither
        do the places that share them.
        """
        dropped = {
            move.edit
            for move in self.planned
            if (
                (place := move.occurrence.place).path == path and place.span in spans
                if spans
                else move.edit.path == path
            )
        }
        places: set[Occurrence] = set()
        while len(places) < len(
            more := {m.occurrence for m in self.planned if m.edit in dropped}
        ):
            places = more
            dropped |= {m.edit for m in self.planned if m.occurrence in places}
        left_alone = dict.fromkeys(
            move.occurrence for move in self.planned if move.occurrence in places
        )
        return EditPlan(
            tuple(move for move in self.planned if move.occurrence not in places),
            (
                *self.unchanged,
                *(Unchanged(place, obstacle, is_problem=True) for place in left_alone),
            ),
        )


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
