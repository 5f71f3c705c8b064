"""`too-old` and `age-unknown`: content that was made too long ago, or nobody knows when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.config.policy import level_of
from imagelock.model.build_date import build_date
from imagelock.model.finding import Rule
from imagelock.policies.image_use import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.model.image import PlatformManifest
    from imagelock.model.reference import Reference
    from imagelock.policies.content_use import ContentUse

RULE: Final = Rule.TOO_OLD
UNCHECKED: Final = RULE.slug
_HINT: Final = 'set `max-age = { "PATTERN" = "none" }` for images without a date'


def is_on(policy: Policy) -> bool:
    """Return whether *policy* limits the age of content."""
    return bool(policy.max_age)


def concerns(reference: Reference, policy: Policy) -> bool:
    """Return whether *policy* limits the age of *reference*."""
    return level_of(policy.max_age, reference) is not None


def violations(
    use: ContentUse, manifest: PlatformManifest, policy: Policy
) -> Iterator[Violation]:
    """Yield a violation if the content is older than *policy* allows.

    A placeholder of reproducible builds, as any other text that is no date, says
    nothing about the age: neither old nor new.
    """
    limit = level_of(policy.max_age, use.reference)
    if limit is None:
        return
    stated = ""
    for text in use.content.dates(manifest):
        date = build_date(text, use.now)
        if date is not None:
            if use.now - date > limit:
                message = (
                    f"the content of `{use.shown}` is {(use.now - date).days} days old,"
                    f" of {limit.days} that are allowed"
                )
                yield Violation(message, "run `imagelock update`, or use a newer tag")
            return
        stated = stated or text
    reason = f": it is dated `{stated[:40]}`" if stated else ""
    yield Violation(
        f"it is unknown when the content of `{use.shown}` was made{reason}",
        _HINT,
        Rule.AGE_UNKNOWN,
    )
