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
    from collections.abc import Mapping, Sequence

    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Final = {
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
    results = [
        result(finding, fingerprint, _RULES.index(finding.rule))
        for finding, fingerprint in with_fingerprints(verdict.findings)
    ]
    return log([rule_object(rule) for rule in _RULES], results)


def log(
    rules: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    *,
    is_successful: bool | None = None,
) -> str:
    """Return a log with a run of imagelock; `is_successful` if that is to be in it."""
    run = {
        "tool": {
            "driver": {
                "name": "imagelock",
                "version": __version__,
                "informationUri": DOCS,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    if is_successful is not None:
        run["invocations"] = [{"executionSuccessful": is_successful}]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return inert_json(json.dumps(document, indent=2)) + "\n"


def rule_object(rule: Rule) -> dict[str, Any]:
    """Return a rule of imagelock (SARIF, `reportingDescriptor`)."""
    return {
        "id": rule.slug,
        "shortDescription": {"text": rule.summary},
        "helpUri": help_url(rule.slug),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def result(finding: Finding, fingerprint: str, rule: int) -> dict[str, Any]:
    """Return a finding (SARIF, `result`); *rule* is the index of its rule."""
    hint = f". {finding.hint}" if finding.hint else ""
    return {
        "ruleId": finding.rule.slug,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": printable(f"{finding.message}{hint}")},
        "locations": [{"physicalLocation": location(finding)}],
        "partialFingerprints": {"imagelock/v1": fingerprint},
    }


def location(finding: Finding) -> dict[str, Any]:
    """Return the place of *finding* (SARIF, `physicalLocation`)."""
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
