"""Findings that a policy accepts: `[[policy.accept]]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.finding import Finding, Rule
from imagelock.model.span import FILE_START

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import PurePosixPath

    from imagelock.config.policy import Acceptance


@dataclass(slots=True)
class PolicyAcceptances:
    """The acceptances of a policy at the time `now`, and which of them were of use."""

    acceptances: Sequence[Acceptance]
    now: datetime
    used: set[Acceptance] = field(default_factory=set)

    def judged(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield those of *findings* that are not accepted.

        One that was accepted until some time ago says so.
        """
        for finding in findings:
            kept = self._judged(finding)
            if kept is not None:
                yield kept

    def stale(
        self, settings: PurePosixPath, unknown: Collection[Rule]
    ) -> Iterator[Finding]:
        """Yield a finding in *settings* for each acceptance that accepts nothing.

        Whether those of the rules *unknown* do is not known.
        """
        for acceptance in self.acceptances:
            if acceptance not in self.used and acceptance.rule not in unknown:
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

    def _judged(self, finding: Finding) -> Finding | None:
        for acceptance in self._of(finding):
            self.used.add(acceptance)
            if acceptance.until is None or self.now.date() <= acceptance.until:
                return None
            ended = f"{finding.message} (accepted until {acceptance.until})"
            finding = replace(finding, message=ended)
        return finding

    def _of(self, finding: Finding) -> Iterator[Acceptance]:
        key = finding.reference
        for acceptance in self.acceptances:
            if (
                acceptance.rule is finding.rule
                and key is not None
                and acceptance.pattern.matches(key)
            ):
                yield acceptance
