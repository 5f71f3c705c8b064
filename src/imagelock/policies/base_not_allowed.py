"""`base-not-allowed` and `base-unknown`: an image that is built on another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.config.policy import level_of
from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.config.policy import Policy
    from imagelock.model.image import PlatformManifest
    from imagelock.model.reference import Reference
    from imagelock.model.reference_pattern import ReferencePattern
    from imagelock.policies.content_use import ContentUse

RULE: Final = Rule.BASE_NOT_ALLOWED
UNCHECKED: Final = RULE.slug
_HINT: Final = (
    "build it with provenance, or with the annotation"
    " `org.opencontainers.image.base.name`"
)


def is_on(policy: Policy) -> bool:
    """Return whether *policy* lists bases."""
    return bool(policy.bases)


def concerns(reference: Reference, policy: Policy) -> bool:
    """Return whether *policy* lists bases for *reference*."""
    return level_of(policy.bases, reference) is not None


def violations(
    use: ContentUse, manifest: PlatformManifest, policy: Policy
) -> Iterator[Violation]:
    """Yield a violation if the base is not listed, or if it is unknown.

    Nothing is built on an image without a base. Where it may be one of several, it is
    enough that all of them are listed.
    """
    allowed = level_of(policy.bases, use.reference) or ()
    base = use.content.base(manifest)
    if base.is_scratch:
        return
    possible = (base.reference,) if base.reference else base.candidates
    if possible and all(_is_allowed(each, allowed) for each in possible):
        return
    if base.reference:
        yield Violation(
            f"`{use.shown}` is built on `{_shown(base.reference)}`, and not on what is"
            " allowed",
            f"allowed are {', '.join(f'`{pattern.text}`' for pattern in allowed)}",
        )
        return
    names = ", ".join(f"`{_shown(each)}`" for each in base.candidates)
    candidates = f" ({names})" if names else ""
    yield Violation(
        f"it is unknown on what `{use.shown}` is built:"
        f" {base.unknown_reason}{candidates}",
        _HINT,
        Rule.BASE_UNKNOWN,
    )


def _is_allowed(base: Reference, allowed: Sequence[ReferencePattern]) -> bool:
    return any(pattern.matches(base) for pattern in allowed)


def _shown(base: Reference) -> str:
    return base.key.familiar
