"""Results of scans as rows of the database, and the other way round."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.digest import Digest
from imagelock.model.utc_text import utc_text
from imagelock.scanning.scan_report import OperatingSystem, ScanReport
from imagelock.scanning.vulnerability import (
    FixState,
    Vulnerability,
    VulnerabilitySeverity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.scanning.outcome import ScanResult

    Row = Mapping[str, Any]
    """The values of a row by the names of their columns."""

_BETWEEN: Final = ", "
"""Between names, or versions, in a column; none of them has it."""


def scan_row(result: ScanResult, scanner: str, scanned_at: str, now: str) -> Row:
    """Return the row of *result*; `scanned_at` is `NULL` in that of a failure."""
    report = result.report or ScanReport(tool=scanner, digest=None)
    system = report.os or OperatingSystem("")
    return {
        "digest": str(result.target.digest),
        "scanner": scanner,
        "version": report.tool_version or None,
        "database": report.database or None,
        "built": utc_text(report.built) if report.built else None,
        "outcome": result.outcome.value,
        "packages": report.packages,
        "suppressed": report.suppressed,
        "os": system.name or None,
        "os_version": system.version or None,
        "is_end_of_life": system.is_end_of_life,
        "scanned_at": scanned_at if result.report else None,
        "tried_at": now,
        "reason": None if result.report else result.problem,
        "hint": None if result.report else result.hint,
    }


def report_of(row: Row, vulnerabilities: Iterable[Vulnerability]) -> ScanReport:
    """Return the report that *row* has, with its *vulnerabilities*."""
    ended = row["is_end_of_life"]
    system = OperatingSystem(
        row["os"] or "", row["os_version"] or "", None if ended is None else bool(ended)
    )
    return ScanReport(
        tool=row["scanner"],
        digest=Digest.parse(row["digest"]),
        tool_version=row["version"] or "",
        database=row["database"] or "",
        built=datetime.fromisoformat(row["built"]) if row["built"] else None,
        os=system if row["os"] else None,
        packages=row["packages"],
        vulnerabilities=tuple(vulnerabilities),
        suppressed=row["suppressed"],
    )


def vulnerability_row(found: Vulnerability) -> Row:
    """Return the row of *found*."""
    return {
        "name": found.id,
        "package": found.package,
        "type": found.type,
        "installed": found.installed,
        "severity": found.severity.word,
        "aliases": _BETWEEN.join(found.aliases),
        "fixed": _BETWEEN.join(found.fixed),
        "state": found.state.value,
        "score": found.score,
        "exploited": found.exploited,
        "epss": found.epss,
        "purl": found.purl,
        "url": found.url,
        "title": found.title,
    }


def vulnerability_of(row: Row) -> Vulnerability:
    """Return the vulnerability that *row* has."""
    exploited = row["exploited"]
    return Vulnerability(
        id=row["name"],
        package=row["package"],
        type=row["type"],
        installed=row["installed"],
        severity=VulnerabilitySeverity.of(row["severity"]),
        aliases=_texts(row["aliases"]),
        fixed=_texts(row["fixed"]),
        state=FixState(row["state"]),
        score=row["score"],
        exploited=None if exploited is None else bool(exploited),
        epss=row["epss"],
        purl=row["purl"],
        url=row["url"],
        title=row["title"],
    )


def _texts(column: str) -> tuple[str, ...]:
    return tuple(column.split(_BETWEEN)) if column else ()
