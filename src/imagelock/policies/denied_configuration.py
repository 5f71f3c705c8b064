"""`image-denied` for the digest of a configuration, which Docker calls the image ID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.policies.image_denied import active_denials, reason_of
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.model.image import PlatformManifest
    from imagelock.model.reference import Reference
    from imagelock.policies.content_use import ContentUse

RULE: Final = Rule.IMAGE_DENIED
UNCHECKED: Final = f"{RULE.slug} (configurations)"


def is_on(policy: Policy) -> bool:
    """Return whether *policy* denies a digest."""
    return any(denial.pattern.digest for denial in policy.denied)


def concerns(reference: Reference, policy: Policy) -> bool:
    """Return whether *policy* denies a digest, whatever *reference* is."""
    del reference
    return is_on(policy)


def violations(
    use: ContentUse, manifest: PlatformManifest, policy: Policy
) -> Iterator[Violation]:
    """Yield a violation if the configuration has a digest that *policy* denies."""
    digest = use.content.manifest(manifest).config
    for denial in active_denials(policy, use.now):
        if digest is not None and denial.pattern.digest == digest:
            yield Violation(
                f"the configuration of `{use.shown}`, {digest.abbreviated}, is denied"
                f" by `{denial.pattern.text}`{reason_of(denial)}"
            )
