"""The outcome of a scan: what may be concluded from it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.scanner import ScanTarget


class Outcome(StrEnum):
    """The four outcomes; a scan that failed is never `CLEAN`."""

    CLEAN = "clean"
    VULNERABLE = "vulnerable"
    NOTHING_TO_SCAN = "nothing-to-scan"
    """The scanner found no packages, so it compared nothing."""
    COULD_NOT_SCAN = "could-not-scan"


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The report about a target, or the problem because of which there is none."""

    target: ScanTarget
    report: ScanReport | None = None
    problem: str = ""
    hint: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What may be concluded; findings that were suppressed do not make it clean."""
        if self.report is None:
            return Outcome.COULD_NOT_SCAN
        if self.report.vulnerabilities:
            return Outcome.VULNERABLE
        if self.report.packages == 0 and not self.report.suppressed:
            return Outcome.NOTHING_TO_SCAN
        return Outcome.CLEAN
