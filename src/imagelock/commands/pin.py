"""Write locked digests into files, and take them out again: `pin` and `unpin`.

Nothing is written here: the result is a plan of edits.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.commands.selection import find_pin, with_pins
from imagelock.lockfile.model import parts
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

NOT_LOCKED: Final = "it is not in the lockfile"
_CHOSEN: Final = "another digest is written there, which was not pinned by imagelock"
_WRITTEN: Final = "its digest was not pinned by imagelock; `--all` takes it out, too"
_NAMELESS: Final = "it has no tag, so that nothing would be left but its name"
SEVERAL: Final = "it stands for several images"
_BARE: Final = frozenset({"@{digest}", "{digest}", "{hex}"})
_NO_TEXT: Final = "the name of its file is not UTF-8, so the lockfile cannot name it"
_ELSEWHERE: Final = "its digest is written in another place"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A reference that stays as it is, and the reason.

    `is_problem` tells that what the user asked for could not be done.
    """

    occurrence: Occurrence
    reason: str
    is_problem: bool = False


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """One edit, what the place then names, and the place as the lock knows it."""

    occurrence: Occurrence
    reference: Reference
    edit: Edit
    pin: Pin


@dataclass(frozen=True, slots=True)
class Plan:
    """The edits, and what is left alone."""

    moves: tuple[PlannedEdit, ...]
    kept: tuple[Unchanged, ...]

    @property
    def edits(self) -> dict[PurePosixPath, list[Edit]]:
        """The edits of each file."""
        edits: dict[PurePosixPath, list[Edit]] = defaultdict(list)
        for move in self.moves:
            edits[move.edit.path].append(move.edit)
        return edits

    @property
    def wanted(self) -> dict[tuple[PurePosixPath, Span, Reference], Reference]:
        """What each place that is edited should name then."""
        places = ((m.occurrence.place, m) for m in self.moves)
        return {
            (place.path, place.span, move.occurrence.reference): move.reference
            for place, move in places
        }

    def without(self, path: PurePosixPath, reason: str) -> Plan:
        """Return the same plan, but the file at *path* is left alone."""
        left = tuple(
            Unchanged(move.occurrence, reason, is_problem=True)
            for move in self.moves
            if move.edit.path == path
        )
        others = tuple(move for move in self.moves if move.edit.path != path)
        return Plan(others, (*self.kept, *left))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to pin or unpin: the images with these `keys`.

    `variables` also pins what variables decide, `chosen` also takes out digests
    that were not pinned, and `pinned_only` leaves every other place alone.
    """

    keys: Collection[Reference]
    variables: bool = False
    chosen: bool = False
    pinned_only: bool = False


def pin(
    found: Sequence[Found],
    lockfile: Lockfile,
    wish: Wish,
    read: Callable[[PurePosixPath], Text],
) -> Plan:
    """Return how the locked digests get into the files that name the images.

    A digest that somebody chose stays; one that was pinned follows the lock.
    *read* returns the text of a file that is among *found*.
    """
    moves: list[PlannedEdit] = []
    kept: list[Unchanged] = []
    shared = ambiguous_places(found)
    for one, place in with_pins(found):
        key = one.reference.key
        known = find_pin(place, key, lockfile.pins)
        if key not in wish.keys or (wish.pinned_only and known is None):
            continue
        image = lockfile.images.get(key)
        if image is None:
            kept.append(Unchanged(one, NOT_LOCKED, is_problem=True))
        elif reason := _obstacle(one, shared, wish, is_pinned=known is not None):
            if one.reference.digest != image.digest:
                kept.append(Unchanged(one, reason))
        elif one.reference.digest != image.digest:
            text = read(one.place.path)
            form = _form(one, text)
            edit = _insertion(one, image.digest, form, text)
            new = known or replace(place, wrote="" if form in _BARE else form)
            moves.append(PlannedEdit(one, one.reference.at(image.digest), edit, new))
    return Plan(tuple(_once(moves)), tuple(kept))


def unpin(
    found: Sequence[Found],
    lockfile: Lockfile,
    wish: Wish,
    read: Callable[[PurePosixPath], Text],
) -> Plan:
    """Return how the digests get out of the files again that `pin` put into them.

    What is left is, to the byte, what `pin` found.
    """
    moves: list[PlannedEdit] = []
    kept: list[Unchanged] = []
    for one, place in with_pins(found):
        key = one.reference.key
        if key not in wish.keys or one.reference.digest is None:
            continue
        known = find_pin(place, key, lockfile.pins)
        if reason := _hold(one, wish, is_pinned=known is not None):
            kept.append(Unchanged(one, reason))
            continue
        edit = _removal(one, known or place, read)
        moves.append(PlannedEdit(one, key, edit, known or place))
    return Plan(tuple(_once(moves)), tuple(kept))


def ambiguous_places(found: Sequence[Found]) -> frozenset[tuple[PurePosixPath, Span]]:
    """Return the places that name more than one image."""
    names: dict[tuple[PurePosixPath, Span], set[Reference]] = defaultdict(set)
    for one in found:
        if isinstance(one, Occurrence):
            names[one.place.path, one.place.span].add(one.reference.key)
    return frozenset(place for place, keys in names.items() if len(keys) > 1)


def exchange(one: Occurrence, digest: Digest, text: Text) -> Edit | None:
    """Return the edit that puts *digest* in the place of the one that *one* has.

    There is none if its digest is written in another place. *text* is its file's.
    """
    if _digest_of(one) is None:
        return None
    return _insertion(one, digest, _slot(one, text).template, text)


def _obstacle(
    one: Occurrence,
    shared: frozenset[tuple[PurePosixPath, Span]],
    wish: Wish,
    *,
    is_pinned: bool,
) -> str | None:
    """Return why no digest is written at *one*, if there is a reason."""
    if one.reference.digest and not is_pinned:
        return _CHOSEN
    if unpinnable_reason := one.unpinnable_reason or _unrecordable(one.place.path):
        return unpinnable_reason
    if (one.place.path, one.place.span) in shared:
        return SEVERAL
    if one.variables and not wish.variables and not is_pinned:
        names = ", ".join(one.variables)
        return f"{names} decides it; `--variables` pins it all the same"
    if one.reference.digest and _digest_of(one) is None:
        return _ELSEWHERE
    return None


def _unrecordable(path: PurePosixPath) -> str | None:
    """Return why the lockfile cannot name *path*, if so: Linux allows any bytes."""
    is_text = not any("\ud800" <= letter <= "\udfff" for letter in str(path))
    return None if is_text else _NO_TEXT


def _hold(one: Occurrence, wish: Wish, *, is_pinned: bool) -> str | None:
    """Return why the digest at *one* stays, if there is a reason."""
    if not is_pinned and not wish.chosen:
        return _WRITTEN
    if one.reference.tag is None:
        return _NAMELESS
    return _ELSEWHERE if _digest_of(one) is None else None


def _digest_of(one: Occurrence) -> str | None:
    """Return the digest with its `@`, as it stands behind the text of *one*."""
    written = f"@{one.reference.digest}"
    return written if one.slot or one.place.text.endswith(written) else None


def _slot(one: Occurrence, text: Text) -> DigestSlot:
    """Return the slot of *one*: where a digest stands, or goes."""
    if one.slot:
        return one.slot
    span = one.place.span
    written = _digest_of(one) if one.reference.digest else None
    start = span.end - len(text.encode(written or ""))
    return DigestSlot(replace(span, start=start), "@{digest}")


def _form(one: Occurrence, text: Text) -> str:
    """Return what is written with a digest at *one*."""
    tag = f":{one.reference.tag}" if one.tag_is_implied and one.slot is None else ""
    return tag + _slot(one, text).template


def _insertion(one: Occurrence, digest: Digest, form: str, text: Text) -> Edit:
    span = _slot(one, text).span
    written = text.encode("".join(_parts(form, digest)))
    return Edit(one.place.path, span.start, span.end, written)


def _removal(one: Occurrence, pin: Pin, read: Callable[[PurePosixPath], Text]) -> Edit:
    """Return what takes out of the file what was written with the digest of *one*."""
    text, digest = read(one.place.path), one.reference.digest
    slot = _slot(one, text)
    start, end = slot.span.start, slot.span.end
    if pin.wrote and digest:
        (before, _, after) = _parts(pin.wrote, digest)
        (inside, _, behind) = _parts(slot.template, digest)
        start -= len(text.encode(before)) - len(text.encode(inside))
        end += len(text.encode(after)) - len(text.encode(behind))
    return Edit(one.place.path, start, end, b"")


def _parts(form: str, digest: Digest) -> tuple[str, str, str]:
    """Return what stands before the digest, the digest itself, and what is behind."""
    before, field, after = parts(form)
    return before, str(digest) if field == "digest" else digest.encoded, after


def _once(moves: list[PlannedEdit]) -> list[PlannedEdit]:
    """Return *moves* without those that only repeat an edit."""
    first: dict[Edit, PlannedEdit] = {}
    for move in moves:
        first.setdefault(move.edit, move)
    return list(first.values())
