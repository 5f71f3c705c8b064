"""`registry-not-allowed`: an image of a registry or repository that is not listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.REGISTRY_NOT_ALLOWED


def is_on(policy: Policy) -> bool:
    """Return whether *policy* lists registries."""
    return bool(policy.registries)


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation if no pattern of *policy* matches *use*."""
    if not any(pattern.matches(use.reference) for pattern in policy.registries):
        allowed = ", ".join(f"`{pattern.text}`" for pattern in policy.registries)
        yield Violation(
            f"`{use.occurrence.shown}` is in `{use.reference.registry}`, and not among"
            " what is allowed",
            f"allowed are {allowed}",
        )
