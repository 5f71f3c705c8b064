"""The result of `scan` as SARIF 2.1.0: a result for each image and vulnerability."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.finding import Rule
from imagelock.report.identity import help_url, with_fingerprints
from imagelock.report.sarif import LEVELS, location, log, result, rule_object
from imagelock.report.scans.as_text import fix_words, vulnerability_rows
from imagelock.report.style import printable
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.model.finding import Finding
    from imagelock.scanning.vulnerability import Vulnerability

_SCORES: Final = {
    VulnerabilitySeverity.CRITICAL: 9.5,
    VulnerabilitySeverity.HIGH: 8.0,
    VulnerabilitySeverity.MEDIUM: 5.5,
    VulnerabilitySeverity.LOW: 2.0,
    VulnerabilitySeverity.NEGLIGIBLE: 0.1,
    VulnerabilitySeverity.UNKNOWN: 0.0,
}
"""Scores in the ranges of GitHub for `security-severity`: from 9.0 critical, from 7.0
high, from 4.0 medium."""


def scan(run: ScanVerdict) -> str:
    """Return a log with one run (OASIS, SARIF 2.1.0).

    Vulnerabilities are rules of their own, with `security-severity` for GitHub. Each
    result is at the first place that names the image; the others are related.
    """
    others = [f for f in run.findings if f.rule is not Rule.VULNERABILITY]
    grouped = [
        (finding, rows)
        for finding in run.findings
        if finding.rule is Rule.VULNERABILITY
        for rows in _by_id(vulnerability_rows(run, finding))
    ]
    worst: dict[str, list[Vulnerability]] = {}
    for _, rows in grouped:
        worst.setdefault(rows[0].id, []).extend(rows)
    rules = [rule_object(rule) for rule in dict.fromkeys(f.rule for f in others)]
    rules += [_rule(rows) for rows in worst.values()]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [
        result(finding, fingerprint, index[finding.rule.slug])
        for finding, fingerprint in with_fingerprints(others)
    ]
    results += [_result(finding, rows, index) for finding, rows in grouped]
    return log(rules, results, is_successful=not run.verdict.could_not_check)


def _by_id(rows: Sequence[Vulnerability]) -> Iterator[list[Vulnerability]]:
    by_id: dict[str, list[Vulnerability]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    yield from by_id.values()


def _rule(rows: Sequence[Vulnerability]) -> dict[str, Any]:
    row = max(rows, key=lambda row: (row.severity, row.score or 0))
    title = printable(row.title or row.id)
    return {
        "id": printable(row.id),
        "name": "Vulnerability",
        "shortDescription": {"text": f"{printable(row.id)}: {title}"},
        "helpUri": row.url
        if row.url.startswith("https://")
        else help_url("vulnerability"),
        "properties": {
            "security-severity": _score(row),
            "tags": ["security", "vulnerability", row.severity.word],
        },
    }


def _score(row: Vulnerability) -> str:
    """Return a score in the range of the severity, the CVSS score if that is in it.

    The severity is that of the distribution, which may rate lower than CVSS.
    """
    typical = _SCORES[row.severity]
    bounds = {
        VulnerabilitySeverity.CRITICAL: (9.0, 10.0),
        VulnerabilitySeverity.HIGH: (7.0, 8.9),
        VulnerabilitySeverity.MEDIUM: (4.0, 6.9),
        VulnerabilitySeverity.LOW: (0.1, 3.9),
    }
    low, high = bounds.get(row.severity, (typical, typical))
    is_in_range = row.score is not None and low <= row.score <= high
    return f"{row.score if is_in_range else typical:.1f}"


def _result(
    finding: Finding, rows: Sequence[Vulnerability], index: dict[str, int]
) -> dict[str, Any]:
    row = rows[0]
    packages = "; ".join(
        f"{each.package} {each.installed} ({fix_words(each)})" for each in rows
    )
    message = f"{finding.subject}: {row.severity.word} {row.id} in {packages}"
    first, *others = finding.at_each_place()
    entry = {
        "ruleId": printable(row.id),
        "ruleIndex": index[printable(row.id)],
        "level": LEVELS[finding.severity],
        "message": {"text": printable(message)},
        "locations": [{"physicalLocation": location(first)}],
        "partialFingerprints": {"imagelock/v1": _fingerprint(finding, row)},
    }
    if others:
        entry["relatedLocations"] = [
            {"id": number, "physicalLocation": location(place)}
            for number, place in enumerate(others, 1)
        ]
    return entry


def _fingerprint(finding: Finding, row: Vulnerability) -> str:
    """Return 64 hex digits that stay when the image is built again.

    They depend on the image without its digest, and on the vulnerability.
    """
    reference = finding.reference.key if finding.reference else finding.subject
    words = "\0".join([finding.rule.slug, str(reference), row.id])
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
