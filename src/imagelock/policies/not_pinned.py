"""`not-pinned`: an image whose digest must be written in the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.config.policy import PinLevel
from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.NOT_PINNED


def is_on(policy: Policy) -> bool:
    """Return whether *policy* says where digests must be."""
    return bool(policy.pins)


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation if the digest of *use* is not where *policy* wants it."""
    levels = (
        level
        for pattern, level in reversed(policy.pins)
        if pattern.matches(use.reference)
    )
    level = next(levels, PinLevel.NONE)
    shown = use.occurrence.shown
    if level is PinLevel.NONE or use.reference.digest:
        return
    if level is PinLevel.DIGEST:
        yield Violation(f"`{shown}` has no digest in the file", "run `imagelock pin`")
    elif use.locked is None:
        yield Violation(
            f"the digest of `{shown}` is not locked", "run `imagelock lock`"
        )
