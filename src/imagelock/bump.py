"""Write other tags into files: the work behind `update --bump` and `IMAGE=TAG`.

Nothing is written here: the result is a plan of edits.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.newest import Standing
from imagelock.pin import SEVERAL, Kept, Move, Plan, exchange, several
from imagelock.rewrite import Edit
from imagelock.wanted import pin_of, pinnable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.digest import Digest
    from imagelock.lockfile.model import Pin
    from imagelock.occurrence import Found, Occurrence
    from imagelock.reference import Reference
    from imagelock.tag import Level
    from imagelock.text import Text

_UNWRITTEN: Final = "its tag is not written there"
_ELSEWHERE: Final = "its digest is written in another place"

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
    standings = (one for one in answers if isinstance(one, Standing))
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
    shared = several(found)
    moves: list[Move] = []
    kept: list[Kept] = []
    for one, place in pinnable(found):
        target = targets.get(one.reference.key)
        if target is None or target.tag == one.reference.tag:
            continue
        is_shared = (one.place.path, one.place.span) in shared
        edits = SEVERAL if is_shared else _edits(one, target, read(one.place.path))
        if isinstance(edits, str):
            kept.append(Kept(one, edits, is_problem=True))
            continue
        digest = target.digest if one.reference.digest else None
        new = replace(one.reference, tag=target.tag, digest=digest)
        # Two places can share an edit, that of the default of a variable: both
        # are in the plan, as both name another image then.
        moves += [Move(one, new, edit, place) for edit in edits]
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
        if pin_of(move.pin, move.occurrence.reference.key, pins)
    }
    result: dict[Reference, list[Pin]] = defaultdict(list)
    for key, places in pins.items():
        result[key] += places
    for one, place in pinnable(found):
        key = one.reference.key
        known = (one.place.path, one.place.location, key) in renamed
        if known and place not in result[key]:
            result[key].append(place)
    return {key: tuple(places) for key, places in result.items() if places}


def _edits(one: Occurrence, target: Target, text: Text) -> list[Edit] | str:
    """Return the edits that give *one* its new tag, or why there are none."""
    path, span = one.place.path, one.place.span
    written = f"@{one.reference.digest}" if one.reference.digest else ""
    if one.tag is None:
        old = "" if one.implied else f":{one.reference.tag}{written}"
        if one.variables:
            return f"{', '.join(one.variables)} decides it"
        if one.slot or not one.place.text.endswith(old):
            return _UNWRITTEN
        new = f":{target.tag}" + (f"@{target.digest}" if written else "")
        start = span.end - len(text.encode(old))
        return [Edit(path, start, span.end, text.encode(new))]
    edits = [Edit(path, one.tag.start, one.tag.end, text.encode(target.tag))]
    if not written:
        return edits
    digest = exchange(one, target.digest, text)
    return [*edits, digest] if digest else _ELSEWHERE
