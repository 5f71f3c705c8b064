"""`not-pinned`: an image whose digest must be written in the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.config.policy import PinLevel, level_of
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
    """Yield a violation if *policy* wants a digest in the file, and *use* has none."""
    level = level_of(policy.pins, use.reference)
    if level is PinLevel.DIGEST and not use.reference.digest:
        shown = use.occurrence.shown
        yield Violation(f"`{shown}` has no digest in the file", "run `imagelock pin`")
