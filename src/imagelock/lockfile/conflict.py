"""Recover a lockfile that has merge conflict markers of git."""

from __future__ import annotations

from imagelock.errors import LockfileError
from imagelock.light_typing import TYPE_CHECKING
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.reader import has_conflict, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer


def heal(text: str) -> Lockfile:
    """Return the entries on which both sides of a merge conflict agree.

    Text without conflict markers is read as it is.

    Raises:
        LockfileError: *text*, or a side of the conflict, is not a valid lockfile.
    """
    if not has_conflict(text):
        return read(text)
    ours, theirs = (_read_side(side) for side in _sides(text))
    agreed = {
        reference: image
        for reference, image in ours.images.items()
        if theirs.images.get(reference) == image
    }
    platforms = ours.platforms if ours.platforms == theirs.platforms else ()
    pins = {
        reference: tuple(
            sorted({*ours.pins.get(reference, ()), *theirs.pins.get(reference, ())})
        )
        for reference in {*ours.pins, *theirs.pins}
    }
    return Lockfile(
        platforms=platforms,
        images=agreed,
        pins=pins,
        signers=_signers_in_conflict(agreed, (ours, theirs)),
        is_healed=True,
    )


def _signers_in_conflict(
    agreed: Mapping[Reference, Image], sides: Sequence[Lockfile]
) -> dict[Reference, tuple[Signer, ...]]:
    """Return the signers, on either side, of the entries that are not *agreed* on."""
    signers: dict[Reference, tuple[Signer, ...]] = {}
    for side in sides:
        for key, image in side.images.items():
            before = signers.get(key, ())
            if key not in agreed and image.signer and image.signer not in before:
                signers[key] = (*before, image.signer)
    return signers


def _read_side(text: str) -> Lockfile:
    try:
        return read(text)
    except LockfileError as error:
        error.source = None  # a place in that side, not in the file
        error.add_note("in one side of the merge conflict")
        raise


def _sides(text: str) -> tuple[str, str]:
    """Return the text of each side, without the common ancestor of `diff3`."""
    ours: list[str] = []
    theirs: list[str] = []
    sides = [ours, theirs]
    for line in text.splitlines(keepends=True):
        match line[:7]:
            case "<<<<<<<":
                sides = [ours]
            case "|||||||":
                sides = []
            case "=======":
                sides = [theirs]
            case ">>>>>>>":
                sides = [ours, theirs]
            case _:
                for side in sides:
                    side.append(line)
    return "".join(ours), "".join(theirs)
