"""`unmatched-pattern`: a pattern of a policy that matches no image, by mistake perhaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.finding import Finding, Rule
from imagelock.model.span import FILE_START

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.config.policy import Policy
    from imagelock.model.reference import Reference
    from imagelock.model.reference_pattern import ReferencePattern


def unmatched_patterns(
    policy: Policy, references: Sequence[Reference], settings: PurePosixPath
) -> Iterator[Finding]:
    """Yield a finding in *settings* for each pattern that matches none of *references*.

    Not for the images that *policy* denies: that nothing matches is what it is for. In a
    project without images, no pattern says anything.
    """
    rule = Rule.UNMATCHED_PATTERN
    for key, pattern in _patterns(policy) if references else ():
        if not any(pattern.matches(reference) for reference in references):
            yield Finding(
                rule=rule,
                severity=rule.severity,
                message=f"`{pattern.text}` in `policy.{key}` matches no image",
                path=settings,
                span=FILE_START,
                hint="correct the pattern, or remove it",
            )


def _patterns(policy: Policy) -> Iterator[tuple[str, ReferencePattern]]:
    """Yield each pattern with the setting that it is in."""
    for pattern in policy.registries:
        yield "registries", pattern
    by_pattern = {
        "levels": policy.levels,
        "pin": policy.pins,
        "max-age": policy.max_age,
        "bases": policy.bases,
        "labels": policy.labels,
    }
    for key, entries in by_pattern.items():
        for pattern, _ in entries:
            yield key, pattern
