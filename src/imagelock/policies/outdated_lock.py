"""`outdated-lock`: a newer digest has been known for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.OUTDATED_LOCK


def is_on(policy: Policy) -> bool:
    """Return whether *policy* limits the time."""
    return policy.max_lag is not None


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation if `update` saw a digest of *use* too long ago."""
    if policy.max_lag is None or use.locked is None:
        return
    unlocked = [seen for seen in use.sightings if seen.digest != use.locked.digest]
    first = min((seen.since for seen in unlocked), default=use.now)
    if use.now - first > policy.max_lag:
        yield Violation(
            f"`{use.occurrence.shown}` has had a newer digest for"
            f" {(use.now - first).days} days",
            "run `imagelock update`",
        )
