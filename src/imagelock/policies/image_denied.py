"""`image-denied`: an image that must not be used, by its name or its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from imagelock.config.policy import Denial, Policy
    from imagelock.model.digest import Digest
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.IMAGE_DENIED


def is_on(policy: Policy) -> bool:
    """Return whether *policy* denies an image."""
    return bool(policy.denied)


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation for each entry of *policy* that denies *use*.

    A digest denies the index or manifest that is written or locked, and that of each
    locked platform.
    """
    for denial in active_denials(policy, use.now):
        if what := _what(use, denial):
            message = f"{what} is denied by `{denial.pattern.text}`{reason_of(denial)}"
            yield Violation(message)


def active_denials(policy: Policy, now: datetime) -> Iterator[Denial]:
    """Yield the entries of *policy* that count on the day of *now*."""
    for denial in policy.denied:
        if denial.since is None or now.date() >= denial.since:
            yield denial


def reason_of(denial: Denial) -> str:
    """Return the end of a message: why *denial* denies an image."""
    return f": {denial.reason}" if denial.reason else ""


def _what(use: ImageUse, denial: Denial) -> str | None:
    """Return what of *use* is denied, if anything is."""
    shown = use.occurrence.shown
    digest = denial.pattern.digest
    if digest is None:
        return f"`{shown}`" if denial.pattern.matches(use.reference) else None
    if digest not in _digests(use):
        return None
    return f"the content of `{shown}`, {digest.abbreviated},"


def _digests(use: ImageUse) -> set[Digest | None]:
    digests = {use.reference.digest}
    if use.locked:
        digests.add(use.locked.digest)
        digests.update(manifest.digest for manifest in use.locked.platforms)
    return digests
