"""Check what a project uses against its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.finding import Finding, Rule
from imagelock.model.occurrence import Occurrence
from imagelock.model.span import FILE_START
from imagelock.policies import (
    end_of_life,
    image_denied,
    look_alike,
    moving_tag,
    not_pinned,
    outdated_lock,
    registry_not_allowed,
)
from imagelock.policies.image_use import ImageUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import PurePosixPath

    from imagelock.config.policy import Acceptance, Policy
    from imagelock.lockfile.model import Lockfile
    from imagelock.lockfile.sightings import Sightings
    from imagelock.model.occurrence import Found
    from imagelock.policies.image_use import PolicyRule, Violation

RULES: Final[Sequence[PolicyRule]] = (
    end_of_life,
    image_denied,
    look_alike,
    moving_tag,
    not_pinned,
    outdated_lock,
    registry_not_allowed,
)


def policy_findings(
    found: Sequence[Found],
    lockfile: Lockfile,
    policy: Policy,
    *,
    sightings: Sightings,
    now: datetime,
    settings: PurePosixPath,
) -> Iterator[Finding]:
    """Yield what *policy* has against the images in *found*.

    *sightings* are the digests that `update` has seen and not locked. An acceptance
    that accepts nothing is a finding in the file *settings*.
    """
    active = [rule for rule in RULES if rule.is_on(policy)]
    accepted = _Accepted(policy.accepted, now)
    uses = [item for item in found if isinstance(item, Occurrence)]
    for occurrence in uses if active else ():
        key = occurrence.reference.key
        use = ImageUse(
            occurrence=occurrence,
            locked=lockfile.images.get(key),
            sightings=sightings.get(key, ()),
            now=now,
        )
        for rule in active:
            for violation in rule.violations(use, policy):
                if finding := accepted.judge(_finding(rule.RULE, use, violation)):
                    yield finding
    yield from accepted.stale(settings)


def _finding(rule: Rule, use: ImageUse, violation: Violation) -> Finding:
    place = use.occurrence.place
    return Finding(
        rule=rule,
        severity=rule.severity,
        message=violation.message,
        path=place.path,
        span=place.span,
        reference=use.reference.key,
        hint=violation.hint,
        as_written=use.occurrence.as_written,
    )


@dataclass(slots=True)
class _Accepted:
    """The acceptances of a policy, and which of them were of use."""

    acceptances: Sequence[Acceptance]
    now: datetime
    used: set[Acceptance] = field(default_factory=set)

    def judge(self, finding: Finding) -> Finding | None:
        """Return *finding*, or `None` if it is accepted.

        If it was accepted until some time ago, it says so.
        """
        for acceptance in self._of(finding):
            self.used.add(acceptance)
            if acceptance.until is None or self.now.date() <= acceptance.until:
                return None
            ended = f"{finding.message} (accepted until {acceptance.until})"
            finding = replace(finding, message=ended)
        return finding

    def stale(self, settings: PurePosixPath) -> Iterator[Finding]:
        """Yield a finding for each acceptance that accepts nothing."""
        for acceptance in self.acceptances:
            if acceptance not in self.used:
                rule = Rule.STALE_ACCEPTANCE
                yield Finding(
                    rule=rule,
                    severity=rule.severity,
                    message=f"`{acceptance.rule.slug}` is accepted for"
                    f" `{acceptance.pattern.text}`, but nothing is found there",
                    path=settings,
                    span=FILE_START,
                    hint="remove the entry of `[[policy.accept]]`",
                )

    def _of(self, finding: Finding) -> Iterator[Acceptance]:
        key = finding.reference
        for acceptance in self.acceptances:
            if (
                acceptance.rule is finding.rule
                and key is not None
                and acceptance.pattern.matches(key)
            ):
                yield acceptance
