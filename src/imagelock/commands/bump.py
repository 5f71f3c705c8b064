"""Write other tags into files: the work behind `update --bump` and `IMAGE=TAG`.

Nothing is written here: the result is a plan of edits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.commands.pin import (
    SEVERAL,
    Plan,
    PlannedEdit,
    Unchanged,
    ambiguous_places,
    exchange,
)
from imagelock.commands.selection import find_pin, with_pins
from imagelock.model.edit import Edit
from imagelock.model.file_kind import is_yaml
from imagelock.model.newer_tags import TagStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Pin
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, Occurrence
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.model.tag_version import Level

_UNWRITTEN: Final = "its tag is not written there"
_ELSEWHERE: Final = "its digest is written in another place"

_NUMBER: Final = re.compile(r"[0-9]*\.?[0-9]+([eE][0-9]+)?|0[xXoO][0-9a-fA-F]+|[0-9_]+")
"""Tags that YAML reads as a number, of which it forgets how it was written."""

Pins = dict["Reference", tuple["Pin", ...]]
"""The places of each image in which `imagelock pin` wrote the digest."""


@dataclass(frozen=True, slots=True)
class Target:
    """The tag that an image gets, and what it stands for now."""

    tag: str
    digest: Digest


def chosen(answers: Iterable[object], level: Level) -> dict[Reference, str]:
    """Return the tag of each image that has a newer one, at most *level* away.

    *answers* are what `outdated` returned; errors among them do not count.
    """
    standings = (one for one in answers if isinstance(one, TagStatus))
    newer = {one.reference: one.newest.of(level) for one in standings}
    return {key: tag for key, tag in newer.items() if tag is not None}


def bump(
    found: Sequence[Found],
    targets: Mapping[Reference, Target],
    read: Callable[[PurePosixPath], Text],
) -> Plan:
    """Return how the tags of *targets*, by key, get into every place of the images.

    A digest that is written beside the tag becomes the one of the new tag. What
    cannot be edited is kept, with the reason, as a problem. *read* returns the
    text of a file that is among *found*.
    """
    shared = ambiguous_places(found)
    moves: list[PlannedEdit] = []
    kept: list[Unchanged] = []
    for one, place in with_pins(found):
        target = targets.get(one.reference.key)
        if target is None or target.tag == one.reference.tag:
            continue
        is_shared = (one.place.path, one.place.span) in shared
        edits = SEVERAL if is_shared else _edits(one, target, read(one.place.path))
        if isinstance(edits, str):
            kept.append(Unchanged(one, edits, is_problem=True))
            continue
        digest = target.digest if one.reference.digest else None
        new = replace(one.reference, tag=target.tag, digest=digest)
        # Two places can share an edit, that of the default of a variable: both
        # are in the plan, as both name another image then.
        moves += [PlannedEdit(one, new, edit, place) for edit in edits]
    return Plan(tuple(moves), tuple(kept))


def moved_pins(
    plan: Plan, found: Sequence[Found], pins: Mapping[Reference, Collection[Pin]]
) -> Pins:
    """Return *pins* as they are once *plan* is carried out, and files name *found*.

    A pinned place stays pinned, under the name of its new tag.
    """
    renamed = {
        (move.edit.path, move.occurrence.place.location, move.reference.key)
        for move in plan.moves
        if find_pin(move.pin, move.occurrence.reference.key, pins)
    }
    result: dict[Reference, list[Pin]] = defaultdict(list)
    for key, places in pins.items():
        result[key] += places
    for one, place in with_pins(found):
        key = one.reference.key
        known = (one.place.path, one.place.location, key) in renamed
        if known and place not in result[key]:
            result[key].append(place)
    return {key: tuple(places) for key, places in result.items() if places}


def _edits(one: Occurrence, target: Target, text: Text) -> list[Edit] | str:
    """Return the edits that give *one* its new tag, or why there are none."""
    path, span = one.place.path, one.tag or _tag(one, text)
    if span is None:
        return f"{', '.join(one.variables)} decides it" if one.variables else _UNWRITTEN
    new = text.encode(_spelled(one, span, target.tag, text))
    edits = [Edit(path, span.start, span.end, new)]
    if not one.reference.digest:
        return edits
    digest = exchange(one, target.digest, text)
    return [*edits, digest] if digest else _ELSEWHERE


def _tag(one: Occurrence, text: Text) -> Span | None:
    """Return where the tag of *one* is, if that is the end of its text or all of it.

    Where no tag is written, that is behind the name.
    """
    span, tag = one.place.span, one.reference.tag or ""
    written = f"@{one.reference.digest}" if one.reference.digest else ""
    stem = one.place.text.removesuffix(written)
    end = span.end - len(text.encode(one.place.text)) + len(text.encode(stem))
    if one.tag_is_implied and not one.slot and not one.variables:
        return replace(span, start=end, end=end)
    if stem != tag and not stem.endswith(f":{tag}"):
        return None
    return replace(span, start=end - len(text.encode(tag)), end=end)


def _spelled(one: Occurrence, span: Span, tag: str, text: Text) -> str:
    """Return *tag* as it is written at *span*.

    Alone in a YAML file and without quotes, `7.10` would be the number 7.1.
    """
    if span.start == span.end:
        return f":{tag}"
    if not is_yaml(one.place.path) or not _NUMBER.fullmatch(tag):
        return tag
    before = text.encode(text.value)[: span.start - text.mark].rstrip(text.encode(" "))
    is_alone = one.place.span.start == span.start or one.tag is not None
    is_plain = before.endswith((text.encode(":"), text.encode("\n")))
    return f'"{tag}"' if is_alone and is_plain else tag
