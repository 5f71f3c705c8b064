"""`moving-tag`: a tag that its publisher moves, or that states no version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.config.policy import TagLevel, level_of
from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.MOVING_TAG
_PIN: Final = "run `imagelock pin`"
_VERSION: Final = "use a tag with a version"


def is_on(policy: Policy) -> bool:
    """Return whether tags matter to *policy*."""
    return bool(policy.moving_tags or policy.levels)


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation if the tag of *use* says too little.

    What is written with a digest does not move, whatever its tag is.
    """
    reference, shown = use.reference, use.occurrence.shown
    tag = reference.tag
    if reference.digest or tag is None:
        return
    level = level_of(policy.levels, reference)
    if level is TagLevel.DIGEST:
        yield Violation(f"`{shown}` must be written with a digest", _PIN)
    elif level is TagLevel.ANY:
        return
    elif tag in policy.moving_tags and use.occurrence.tag_is_implied:
        name = shown.removesuffix(f":{tag}")
        yield Violation(f"`{name}` has no tag: that is `{tag}`, which moves", _VERSION)
    elif tag in policy.moving_tags:
        yield Violation(f"`{shown}`: the tag `{tag}` moves", _VERSION)
    elif level is TagLevel.VERSION and not any(map(str.isdecimal, tag)):
        yield Violation(f"`{shown}` has no version in its tag", _VERSION)
