"""How images are scanned: `[scan]`, as a value."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from imagelock.config.schema_tables import SeverityWord
    from imagelock.model.reference import Reference
    from imagelock.model.reference_pattern import ReferencePattern

MAX_DATABASE_AGE: Final = "5d"
"""As that of Grype, which refuses older ones."""
SCAN_TIMEOUT: Final = 600.0
"""In seconds, for each image."""
SCANNER_NAMES: Final = ("trivy", "grype", "clair", "scout")
"""The built-in scanners."""


@dataclass(frozen=True, slots=True)
class AcceptedVulnerability:
    """A vulnerability that is accepted until a day, in the images of *pattern*."""

    id: str
    reason: str
    pattern: ReferencePattern | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """How images are scanned, and which vulnerabilities count.

    Without `scanner`, it is the first that is installed. `severity` is the lowest that
    is reported, `fail_on` the lowest that makes `scan` fail. `max_database_age` is a
    duration such as `5d`, and `timeout` is in seconds, for each image. `vex` are paths of
    VEX documents, and `canary` is an image with a known vulnerability, by its digest.
    With `updates`, `update` scans what it changes.
    """

    scanner: str | None = None
    severity: SeverityWord = "unknown"
    fail_on: SeverityWord = "unknown"
    ignore_unfixed: bool = False
    max_database_age: str = MAX_DATABASE_AGE
    timeout: float = SCAN_TIMEOUT
    vex: tuple[str, ...] = ()
    canary: Reference | None = None
    updates: bool = False
    accepted: tuple[AcceptedVulnerability, ...] = ()
