"""Plan the edits that write other tags into files: `update --bump`, `IMAGE=TAG`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from imagelock.commands.editing.assigned_tags import (
    assigned_tag,
    why_not_assigned,
    without_conflicts,
)
from imagelock.commands.editing.edit_plan import (
    EditPlan,
    Obstacle,
    PlannedEdit,
    Unchanged,
)
from imagelock.commands.editing.pin_plan import ambiguous_places, replace_digest
from imagelock.commands.editing.plain_scalars import as_scalar
from imagelock.commands.selection import find_pin, with_pins
from imagelock.dataclass import dataclass, replace
from imagelock.model.edit import Edit
from imagelock.model.newer_tags import TagStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Pin
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, Occurrence, VariableAssignment
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.model.tag_version import Level

Pins = dict["Reference", tuple["Pin", ...]]
"""The places of each image in which `imagelock pin` wrote the digest."""


@dataclass(frozen=True, slots=True)
class NewTag:
    """The tag that an image gets, and the digest that it resolves to now."""

    tag: str
    digest: Digest


def choose_tags(answers: Iterable[object], level: Level) -> dict[Reference, str]:
    """Return the newer tag of each image that has one, at most *level* away.

    *answers* are those of `compare_tags`; errors among them do not count.
    """
    statuses = (answer for answer in answers if isinstance(answer, TagStatus))
    newer = {status.reference: status.newest.of(level) for status in statuses}
    return {key: tag for key, tag in newer.items() if tag is not None}


def plan_tags(
    findings: Sequence[Found],
    tags: Mapping[Reference, NewTag],
    read: Callable[[PurePosixPath], Text],
) -> EditPlan:
    """Return the edits that write the new tag of each key into every place.

    A digest that is written beside the tag becomes that of the new tag. A place that
    cannot be edited is a problem of the plan. *read* returns the text of a file that
    is among *findings*.
    """
    ambiguous = ambiguous_places(findings)
    planned: list[PlannedEdit] = []
    unchanged: list[Unchanged] = []
    for occurrence, pin in with_pins(findings):
        reference, place = occurrence.reference, occurrence.place
        new = tags.get(reference.key)
        if new is None or new.tag == reference.tag:
            continue
        if (place.path, place.span) in ambiguous:
            unchanged.append(Unchanged(occurrence, Obstacle.AMBIGUOUS, is_problem=True))
            continue
        edits = _edits(occurrence, new, read)
        if isinstance(edits, Unchanged):
            unchanged.append(edits)
            continue
        digest = new.digest if reference.digest else None
        bumped = replace(reference, tag=new.tag, digest=digest)
        # Two places can share an edit, that of a variable: both are in the plan, as
        # both name another image then.
        planned += [
            PlannedEdit(occurrence, bumped, edit, pin, assignment)
            for edit, assignment in edits
        ]
    moves, conflicts = without_conflicts(planned, findings)
    return EditPlan(tuple(moves), (*unchanged, *conflicts))


def moved_pins(
    plan: EditPlan, findings: Sequence[Found], pins: Mapping[Reference, Collection[Pin]]
) -> Pins:
    """Return *pins* as they are once *plan* is carried out.

    *findings* are those of the edited files. A pinned place stays pinned, under the
    name of its new tag.
    """
    renamed = {
        (place.path, place.location, planned.reference.key)
        for planned in plan.planned
        for place in [planned.occurrence.place]
        if find_pin(planned.pin, planned.occurrence.reference.key, pins)
    }
    result: dict[Reference, list[Pin]] = defaultdict(list)
    for key, places in pins.items():
        result[key] += places
    for occurrence, pin in with_pins(findings):
        key, place = occurrence.reference.key, occurrence.place
        is_renamed = (place.path, place.location, key) in renamed
        if is_renamed and pin not in result[key]:
            result[key].append(pin)
    return {key: tuple(places) for key, places in result.items() if places}


def _edits(
    occurrence: Occurrence, new: NewTag, read: Callable[[PurePosixPath], Text]
) -> list[tuple[Edit, VariableAssignment | None]] | Unchanged:
    """Return the edits that give *occurrence* its new tag, or why there are none.

    Each comes with the variable whose value it changes, if it changes one.
    """
    path, text = occurrence.place.path, read(occurrence.place.path)
    span, assignment = occurrence.tag or _tag(occurrence, text), None
    if span is not None:
        written = text.encode(_spelled(occurrence, span, new.tag, text))
        edit = Edit(path, span.start, span.end, written)
    elif assigned := assigned_tag(occurrence, new.tag, new.digest, read):
        assignment, edit = assigned
    elif not occurrence.variables:
        return Unchanged(occurrence, Obstacle.NO_TAG_WRITTEN, is_problem=True)
    else:
        reason = why_not_assigned(occurrence, new.tag)
        return Unchanged(occurrence, Obstacle.VARIABLE, reason, is_problem=True)
    if not occurrence.reference.digest or b"@" in edit.text:
        return [(edit, assignment)]
    digest = replace_digest(occurrence, new.digest, text)
    if digest is None:
        return Unchanged(occurrence, Obstacle.ELSEWHERE, is_problem=True)
    return [(edit, assignment), (digest, None)]


def _tag(occurrence: Occurrence, text: Text) -> Span | None:
    """Return where the tag of *occurrence* is, if that is the end of its text or all of it.

    Where no tag is written, that is behind the name.
    """
    span, tag = occurrence.place.span, occurrence.reference.tag or ""
    written = f"@{occurrence.reference.digest}" if occurrence.reference.digest else ""
    stem = occurrence.place.text.removesuffix(written)
    end = span.end - len(text.encode(occurrence.place.text)) + len(text.encode(stem))
    if occurrence.tag_is_implied and not occurrence.slot and not occurrence.variables:
        return replace(span, start=end, end=end)
    if stem != tag and not stem.endswith(f":{tag}"):
        return None
    return replace(span, start=end - len(text.encode(tag)), end=end)


def _spelled(occurrence: Occurrence, span: Span, tag: str, text: Text) -> str:
    """Return *tag* as it is written at *span*.

    Alone in a YAML file and without quotes, `7.10` would be the number 7.1.
    """
    if span.start == span.end:
        return f":{tag}"
    is_alone = occurrence.place.span.start == span.start or occurrence.tag is not None
    if not is_alone:
        return tag
    return as_scalar(tag, occurrence.place.path, span.start, span.end, text)
