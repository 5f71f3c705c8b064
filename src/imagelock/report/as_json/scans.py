"""The result of `scan` as objects of the JSON contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.scanning.scanned_update import Comparison
    from imagelock.scanning.assessment import Assessment
    from imagelock.scanning.scan_report import ScanReport
    from imagelock.scanning.vulnerability import Vulnerability


def scan_objects(run: ScanVerdict) -> list[dict[str, Any]]:
    """Return each locked platform with what a scanner found."""
    return [
        assessment_object(entry, is_hidden=entry.reference in run.hidden_names)
        for entry in run.assessments
    ]


def assessment_object(entry: Assessment, *, is_hidden: bool = False) -> dict[str, Any]:
    """Return a locked platform; its reference is left out if it *is_hidden*."""
    locked, report = entry.locked, entry.report
    return {
        "reference": None if is_hidden else str(entry.reference),
        "platform": str(locked.platform) if locked.platform else None,
        "digest": str(locked.target.digest) if locked.target else None,
        "outcome": entry.outcome.value,
        "scanner": report.tool if report else None,
        "scanner_version": (report.tool_version or None) if report else None,
        "database": _database(report),
        "os": _system(report),
        "packages": report.packages if report else None,
        "vulnerabilities": [vulnerability_object(v) for v in entry.vulnerabilities],
        "suppressed": report.suppressed if report else 0,
        "accepted": entry.accepted,
        "hidden": entry.hidden,
        "problem": entry.problem or None,
        "hint": entry.hint,
    }


def _database(report: ScanReport | None) -> str | None:
    return (report.database or None) if report else None


def _system(report: ScanReport | None) -> dict[str, Any] | None:
    if report is None or report.os is None:
        return None
    system = report.os
    return {
        "name": system.name,
        "version": system.version,
        "end_of_life": system.is_end_of_life,
    }


def vulnerability_object(row: Vulnerability) -> dict[str, Any]:
    """Return a vulnerability of a package."""
    return {
        "id": row.id,
        "aliases": list(row.aliases),
        "severity": row.severity.word,
        "package": row.package,
        "type": row.type,
        "installed": row.installed,
        "fixed": list(row.fixed),
        "state": row.state.value,
        "exploited": row.exploited,
        "epss": row.epss,
        "score": row.score,
        "purl": row.purl or None,
        "url": row.url or None,
        "title": row.title or None,
    }


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """Return what new content of an image fixes and adds."""
    found = comparison.difference
    groups = {
        "fixed": found.fixed if found else (),
        "added": found.added if found else (),
        "remaining": found.remaining if found else (),
    }
    return {
        "summary": comparison.words,
        **{
            name: [vulnerability_object(row) for row in rows]
            for name, rows in groups.items()
        },
        "changed": [
            {
                **vulnerability_object(each.after),
                "old_severity": each.before.severity.word,
                "old_fixed": list(each.before.fixed),
            }
            for each in (found.changed if found else ())
        ],
        "problem": comparison.problem or None,
        "hint": comparison.hint,
    }
