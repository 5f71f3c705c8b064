"""Findings as GitLab's Code Quality report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.finding import Severity
from imagelock.report.identity import with_fingerprints
from imagelock.report.style import inert_json, printable

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding

_SEVERITIES: Final = {
    Severity.OFF: "info",
    Severity.NOTE: "info",
    Severity.WARNING: "minor",
    Severity.ERROR: "major",
}


def findings(verdict: Verdict) -> str:
    """Return a list of issues; GitLab, "Code Quality report format"."""
    issues = [
        _issue(finding, fingerprint)
        for finding, fingerprint in with_fingerprints(verdict.findings)
    ]
    return inert_json(json.dumps(issues, indent=2)) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    line = finding.span.line if finding.span else 1
    return {
        "description": printable(finding.message),
        "check_name": finding.rule.slug,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": str(finding.path), "lines": {"begin": line}},
    }
