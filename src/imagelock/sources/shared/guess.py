"""Values that are images in all likelihood, in a place that no format defines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.image_likeness import DISK_OR_PICTURE

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found

_HINT: Final = "set `guesses = true` in the configuration to lock it"


def as_guess(finding: Found, *, in_container: bool = False) -> Skipped | None:
    """Return *finding* as a guess, which is locked only where guesses are allowed.

    `None` for a value that may be something else: a reference must have a tag, a
    digest or a registry, unless it is *in_container*, and what is not even a reference
    is none.
    """
    if isinstance(finding, Skipped):
        is_known = finding.reason in {Reason.INVALID, Reason.PLACEHOLDER}
        return None if is_known else finding
    registry = finding.reference.registry
    has_registry = "." in registry and finding.place.text.startswith(f"{registry}/")
    is_bare = finding.tag_is_implied and not (in_container or has_registry)
    if is_bare or DISK_OR_PICTURE.search(finding.place.text):
        return None
    return Skipped(
        place=finding.place,
        reason=Reason.GUESS,
        detail=f"`{finding.reference.familiar}`: {Reason.GUESS.sentence}",
        hint=_HINT,
        guess=finding,
    )
