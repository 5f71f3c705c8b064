"""What the report about a locked platform means: which vulnerabilities count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from imagelock.config.scan import AcceptedVulnerability
    from imagelock.model.reference import Reference
    from imagelock.scanning.outcome import ScanResult
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.targets import LockedPlatform
    from imagelock.scanning.vulnerability import Vulnerability


@dataclass(frozen=True, slots=True, kw_only=True)
class VulnerabilityFilter:
    """Which vulnerabilities are reported.

    With `only_exploited`, those of which it is known that nobody exploits them are not.
    """

    severity: VulnerabilitySeverity = VulnerabilitySeverity.UNKNOWN
    ignore_unfixed: bool = False
    only_exploited: bool = False

    def passes(self, vulnerability: Vulnerability) -> bool:
        """Return whether *vulnerability* is reported."""
        return (
            vulnerability.severity >= self.severity
            and (vulnerability.is_fixable or not self.ignore_unfixed)
            and (vulnerability.exploited is not False or not self.only_exploited)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A locked platform, and what is known of it.

    `vulnerabilities` are those that count. `hidden` is the number of rows that the
    filter left out, `accepted` that of those that the settings accept. `expired` are
    acceptances that ended, of vulnerabilities that count again.
    """

    locked: LockedPlatform
    outcome: Outcome
    report: ScanReport | None = None
    problem: str = ""
    hint: str | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    accepted: int = 0
    hidden: int = 0
    expired: tuple[AcceptedVulnerability, ...] = ()

    @property
    def reference(self) -> Reference:
        """The locked image."""
        return self.locked.reference


@dataclass(slots=True)
class Acceptances:
    """The acceptances of the settings, and which of them were of use."""

    entries: Sequence[AcceptedVulnerability]
    today: date
    used: set[AcceptedVulnerability] = field(default_factory=set)

    def matching(
        self, vulnerability: Vulnerability, reference: Reference
    ) -> list[AcceptedVulnerability]:
        """Return the entries about *vulnerability* in the image *reference*."""
        names = {name.upper() for name in (vulnerability.id, *vulnerability.aliases)}
        found = [
            entry
            for entry in self.entries
            if entry.id.upper() in names
            and (entry.pattern is None or entry.pattern.matches(reference))
        ]
        self.used.update(found)
        return found

    def is_current(self, entry: AcceptedVulnerability) -> bool:
        """Return whether *entry* has not ended."""
        return entry.until is None or self.today <= entry.until

    def unused(self) -> list[AcceptedVulnerability]:
        """Return the entries that accept nothing."""
        return [entry for entry in self.entries if entry not in self.used]


def assess(
    locked: LockedPlatform,
    result: ScanResult | None,
    which: VulnerabilityFilter,
    acceptances: Acceptances,
) -> Assessment:
    """Return what *result* means for *locked*; `None` if nothing could be scanned."""
    if locked.is_artifact:
        return Assessment(locked=locked, outcome=Outcome.NOTHING_TO_SCAN)
    if result is None or result.report is None:
        return Assessment(
            locked=locked,
            outcome=Outcome.COULD_NOT_SCAN,
            problem=result.problem if result else locked.problem,
            hint=result.hint if result else locked.hint,
        )
    counted: list[Vulnerability] = []
    expired: dict[AcceptedVulnerability, None] = {}
    accepted = 0
    for row in result.report.vulnerabilities:
        entries = acceptances.matching(row, locked.reference)
        if any(map(acceptances.is_current, entries)):
            accepted += 1
        else:
            counted.append(row)
            expired |= dict.fromkeys(entries)
    shown = tuple(filter(which.passes, counted))
    outcome = result.outcome
    if outcome is Outcome.VULNERABLE and not shown:
        outcome = Outcome.CLEAN
    return Assessment(
        locked=locked,
        outcome=outcome,
        report=result.report,
        vulnerabilities=shown,
        accepted=accepted,
        hidden=len(counted) - len(shown),
        expired=tuple(expired),
    )
