"""`label-missing`: an image without a label or annotation that it must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.config.policy import level_of
from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.model.image import PlatformManifest
    from imagelock.model.reference import Reference
    from imagelock.policies.content_use import ContentUse

RULE: Final = Rule.LABEL_MISSING
UNCHECKED: Final = RULE.slug


def is_on(policy: Policy) -> bool:
    """Return whether *policy* asks for labels."""
    return bool(policy.labels)


def concerns(reference: Reference, policy: Policy) -> bool:
    """Return whether *policy* asks for labels of *reference*."""
    return bool(level_of(policy.labels, reference))


def violations(
    use: ContentUse, manifest: PlatformManifest, policy: Policy
) -> Iterator[Violation]:
    """Yield a violation if annotations and labels lack a name, or have no text for it."""
    missing = list(level_of(policy.labels, use.reference) or ())
    for statement in use.content.statements(manifest):
        missing = [name for name in missing if not statement.get(name, "").strip()]
        if not missing:
            return
    names = ", ".join(f"`{name}`" for name in missing)
    noun = "label" if len(missing) == 1 else "labels"
    yield Violation(f"`{use.shown}` lacks the {noun} {names}", "add it in its build")
