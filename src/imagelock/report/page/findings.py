"""The page of `verify` and `scan` with `--format html`: what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.model.finding import Rule
from imagelock.report.findings import mirror_sentences, summary_clause
from imagelock.report.identity import help_url
from imagelock.report.page.document import render
from imagelock.report.page.parts import (
    finding_part,
    no_link,
    severity_numbers,
    vulnerability_part,
)
from imagelock.report.page.scans import scan_notes
from imagelock.report.scans.as_text import vulnerability_rows
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding

_ORDER: Final = ("error", "warning", "note", "off")


def verdict_page(verdict: Verdict) -> str:
    """Return *verdict* as an HTML document."""
    clause = summary_clause(verdict)
    notes = [f"{clause[:1].upper()}{clause[1:]}."]
    if not verdict.findings:
        notes.append("All agree." if verdict.checked else "No image was found.")
    notes += [f"{printable(each)}." for each in mirror_sentences(verdict.mirrors)]
    findings = [_finding(finding) for finding in verdict.findings]
    return _page("Images and their lock", verdict.findings, findings, notes)


def scan_page(run: ScanVerdict) -> str:
    """Return the result of a scan as an HTML document."""
    findings = [_finding(each) | _rows(run, each) for each in run.findings]
    title = "Vulnerabilities in what is locked"
    return _page(title, run.findings, findings, list(scan_notes(run)))


def _page(
    title: str,
    findings: Sequence[Finding],
    parts: list[dict[str, Any]],
    notes: list[str],
) -> str:
    parts.sort(key=lambda part: _ORDER.index(part["severity"]))
    return render(
        "findings",
        title=title,
        items=parts,
        item="finding",
        numbers=list(severity_numbers(findings)),
        notes=notes,
        findings=parts,
    )


def _finding(finding: Finding) -> dict[str, Any]:
    project = finding.project
    return {
        **finding_part(finding, no_link),
        "project": printable(str(project)) if project else "",
        "name": printable(finding.subject),
        "chips": [
            (finding.rule.slug, ""),
            (finding.severity.word, finding.severity.word),
        ],
        "help": help_url(finding.rule.slug),
        "vulnerabilities": [],
    }


def _rows(run: ScanVerdict, finding: Finding) -> dict[str, Any]:
    """Return the vulnerabilities that *finding* is about."""
    is_about_some = finding.rule is Rule.VULNERABILITY
    rows = vulnerability_rows(run, finding) if is_about_some else []
    return {"vulnerabilities": [vulnerability_part(row) for row in rows]}
