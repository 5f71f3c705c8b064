"""Heal a lockfile in which git left a merge conflict."""

from __future__ import annotations

from imagelock.errors import LockfileError
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.reader import has_conflict, read


def heal(text: str) -> Lockfile:
    """Return the entries on which both sides of a merge agree.

    Text without conflict is read as it is.

    Raises:
        LockfileError: as `read` does, or a side of the conflict is not a lockfile.
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
    return Lockfile(platforms=platforms, images=agreed, pins=pins)


def _read_side(text: str) -> Lockfile:
    try:
        return read(text)
    except LockfileError as error:
        error.add_note("in one side of the merge conflict")
        raise


def _sides(text: str) -> tuple[str, str]:
    """Return the text as each side has it; the common ancestor of `diff3` is left out."""
    ours: list[str] = []
    theirs: list[str] = []
    into = [ours, theirs]
    for line in text.splitlines(keepends=True):
        match line[:7]:
            case "<<<<<<<":
                into = [ours]
            case "|||||||":
                into = []
            case "=======":
                into = [theirs]
            case ">>>>>>>":
                into = [ours, theirs]
            case _:
                for side in into:
                    side.append(line)
    return "".join(ours), "".join(theirs)
