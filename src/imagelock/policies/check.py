"""Check what a project uses against its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Finding, Rule
from imagelock.model.occurrence import Occurrence
from imagelock.policies import (
    base_not_allowed,
    denied_configuration,
    end_of_life,
    image_denied,
    label_missing,
    lifecycle,
    look_alike,
    moving_tag,
    not_pinned,
    outdated_lock,
    registry_not_allowed,
    too_old,
)
from imagelock.policies.acceptances import PolicyAcceptances
from imagelock.policies.image_use import ImageUse
from imagelock.policies.patterns import unmatched_patterns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import PurePosixPath

    from imagelock.config.policy import Policy
    from imagelock.lockfile.model import Lockfile
    from imagelock.lockfile.sightings import Sightings
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.policies.content_use import ContentRule, ContentUse
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


CONTENT_RULES: Final[Sequence[ContentRule]] = (
    base_not_allowed,
    denied_configuration,
    label_missing,
    lifecycle,
    too_old,
)
"""The rules that need a registry."""

OF_CONTENT: Final = frozenset(
    {
        Rule.AGE_UNKNOWN,
        Rule.BASE_NOT_ALLOWED,
        Rule.BASE_UNKNOWN,
        Rule.IMAGE_DENIED,
        Rule.LABEL_MISSING,
        Rule.TOO_OLD,
    }
)
"""The rules of their findings."""


class PolicyCheck:
    """The check of a project against *policy* at the time *now*.

    Findings that the policy accepts are left out, and those that it accepted until some
    time ago say so.
    """

    def __init__(self, policy: Policy, now: datetime) -> None:
        self.policy = policy
        self.now = now
        self._accepted = PolicyAcceptances(policy.accepted, now)
        self._content = [rule for rule in CONTENT_RULES if rule.is_on(policy)]
        self._is_complete = not self._content

    @property
    def needs_content(self) -> bool:
        """Whether there is anything to ask registries for."""
        return bool(self._content)

    def only_online(self, references: Collection[Reference]) -> tuple[str, ...]:
        """Return the names of what is not checked of *references* without a registry."""
        return tuple(
            rule.UNCHECKED
            for rule in self._content
            if any(rule.concerns(reference, self.policy) for reference in references)
        )

    def of_files(
        self, found: Sequence[Found], lockfile: Lockfile, sightings: Sightings
    ) -> Iterator[Finding]:
        """Yield what the policy has against the images in *found*.

        *sightings* are the digests that `update` has seen and not locked.
        """
        active = [rule for rule in RULES if rule.is_on(self.policy)]
        uses = (item for item in found if isinstance(item, Occurrence))
        for occurrence in uses if active else ():
            key = occurrence.reference.key
            use = ImageUse(
                occurrence=occurrence,
                locked=lockfile.images.get(key),
                sightings=sightings.get(key, ()),
                now=self.now,
            )
            findings = (
                _finding(violation.rule or rule.RULE, use, violation)
                for rule in active
                for violation in rule.violations(use, self.policy)
            )
            yield from self._accepted.judged(findings)

    def concerns(self, reference: Reference) -> bool:
        """Return whether the content of *reference* is to be checked.

        That of a chart in a repository with an `index.yaml` is no image.
        """
        if reference.scheme:
            return False
        return any(rule.concerns(reference, self.policy) for rule in self._content)

    def of_content(self, use: ContentUse, places: Sequence[Place]) -> list[Finding]:
        """Return what the policy has against *use*, used at *places*; thread-safe.

        What it accepts is still among it: see `accepted`.

        Raises:
            RegistryError: a registry could not be asked.
        """
        return [
            finding
            for rule in self._content
            if rule.concerns(use.reference, self.policy)
            for finding in _content_findings(rule, use, places, self.policy)
        ]

    def accepted(
        self, findings: Iterable[Finding], *, is_complete: bool
    ) -> list[Finding]:
        """Return the *findings* of `of_content` that are not accepted.

        *is_complete* is whether all of the content was checked.
        """
        self._is_complete = is_complete
        return list(self._accepted.judged(findings))

    def of_settings(
        self, found: Sequence[Found], settings: PurePosixPath
    ) -> Iterator[Finding]:
        """Yield what is wrong with the policy itself, in the file *settings*.

        That are acceptances that accept nothing, and patterns that match no image.
        """
        unknown = frozenset() if self._is_complete else OF_CONTENT
        references = [f.reference for f in found if isinstance(f, Occurrence)]
        if unknown and any(lifecycle.concerns(r, self.policy) for r in references):
            unknown |= {lifecycle.RULE}
        yield from self._accepted.stale(settings, unknown)
        yield from unmatched_patterns(self.policy, references, settings)


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


def _content_findings(
    rule: ContentRule, use: ContentUse, places: Sequence[Place], policy: Policy
) -> Iterator[Finding]:
    """Yield a finding for each violation, with its platforms unless all have it."""
    manifests = use.content.manifests
    by_violation: dict[Violation, list[str]] = {}
    for manifest in manifests:
        for violation in rule.violations(use, manifest, policy):
            names = by_violation.setdefault(violation, [])
            names.append(str(manifest.platform))
    for violation, names in by_violation.items():
        where = "" if len(names) == len(manifests) else f" ({', '.join(names)})"
        yield Finding.of_image(
            use.reference,
            places,
            violation.rule or rule.RULE,
            f"{violation.message}{where}",
            violation.hint,
        )
