"""What the user asks `scan` for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.scanning.assessment import VulnerabilityFilter
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.config.scan import ScanSettings
    from imagelock.scanning.given_reports import ReportOption


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What to scan, and which vulnerabilities count.

    `images` are names or patterns; without any, all locked images are scanned. With
    `changed_since`, a revision of git, only content that was not locked then. With
    `reports`, no scanner is run. Where an option is not given, the settings decide. The
    databases of the scanners `updated` are new: this run has updated them.
    """

    images: Sequence[str] = ()
    reports: Sequence[ReportOption] = ()
    changed_since: str | None = None
    severity: str | None = None
    fail_on: str | None = None
    ignore_unfixed: bool = False
    only_exploited: bool = False
    offline: bool = False
    scanner: str | None = None
    updated: frozenset[str] = frozenset()

    def which(self, settings: ScanSettings) -> VulnerabilityFilter:
        """Return which vulnerabilities are reported."""
        return VulnerabilityFilter(
            severity=VulnerabilitySeverity.of(self.severity or settings.severity),
            ignore_unfixed=self.ignore_unfixed or settings.ignore_unfixed,
            only_exploited=self.only_exploited,
        )

    def threshold(self, settings: ScanSettings) -> VulnerabilitySeverity:
        """Return the severity from which on a vulnerability makes the scan fail."""
        return VulnerabilitySeverity.of(self.fail_on or settings.fail_on)
