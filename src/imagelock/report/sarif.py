"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from imagelock.model.finding import Rule, Severity
from imagelock.report.identity import DOCS, help_url, with_fingerprints
from imagelock.report.style import inert_json, printable
from imagelock.version import __version__

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Severity.OFF: "none",
    Severity.NOTE: "note",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
}
_RULES: Final = list(Rule)


def findings(verdict: Verdict) -> str:
    """Return a log with one run (OASIS, SARIF 2.1.0).

    Columns count code points, and paths are relative to the project.
    """
    run = {
        "tool": {
            "driver": {
                "name": "imagelock",
                "version": __version__,
                "informationUri": DOCS,
                "rules": [_rule(rule) for rule in _RULES],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, fingerprint)
            for finding, fingerprint in with_fingerprints(verdict.findings)
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return inert_json(json.dumps(log, indent=2)) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.slug,
        "shortDescription": {"text": rule.summary},
        "helpUri": help_url(rule.slug),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    hint = f". {finding.hint}" if finding.hint else ""
    return {
        "ruleId": finding.rule.slug,
        "ruleIndex": _RULES.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": printable(f"{finding.message}{hint}")},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {"imagelock/v1": fingerprint},
    }


def _location(finding: Finding) -> dict[str, Any]:
    uri = quote(os.fsencode(str(finding.path)))
    location: dict[str, Any] = {
        "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}
    }
    if (span := finding.span) is not None:
        region = {"startLine": span.line, "startColumn": span.column}
        if span.end > span.start:
            region |= {"byteOffset": span.start, "byteLength": span.end - span.start}
        location["region"] = region
    return location
