"""The result of `scan` in Markdown, for comments and job summaries."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from imagelock.model.finding import Rule, Severity
from imagelock.report.markdown import MAX_LENGTH, MAX_TABLE, finding_table
from imagelock.report.markdown_text import (
    escape_markdown,
    fitting,
    folded,
    inline_code,
)
from imagelock.report.scan_text import fix_words, scan_sentence, vulnerability_rows
from imagelock.report.style import plural, printable
from imagelock.scanning.counts import severity_counts, worst_by_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.commands.scan import ScanVerdict
    from imagelock.model.finding import Finding
    from imagelock.scanning.vulnerability import Vulnerability


def scan(run: ScanVerdict) -> str:
    """Return a headline, a table of findings, and the vulnerabilities folded by image."""
    worst = worst_by_id(v for a in run.assessments for v in a.vulnerabilities)
    notes = [f for f in run.findings if f.severity <= Severity.NOTE]
    problems = [f for f in run.findings if f.severity > Severity.NOTE]
    headline = severity_counts(worst) or _without(run)
    parts = [
        f"### {headline[:1].upper()}{headline[1:]}\n",
        f"{escape_markdown(scan_sentence(run))}.\n",
    ]
    if problems:
        parts.append(finding_table(problems, MAX_TABLE // 2))
    blocks = (
        _block(finding, run)
        for finding in problems
        if finding.rule is Rule.VULNERABILITY
    )
    room = MAX_LENGTH - MAX_TABLE
    details = fitting(
        blocks, room, "\nThe vulnerabilities of {} more images are omitted.\n"
    )
    if details:
        parts.append(details)
    if notes:
        parts.append(folded(plural(len(notes), "note"), finding_table(notes, 10_000)))
    return "\n".join(parts)


def _without(run: ScanVerdict) -> str:
    verdict = run.verdict
    if verdict.could_not_check:
        return "not everything could be scanned"
    return "no vulnerability found" if verdict.checked else "nothing was scanned"


def _block(finding: Finding, run: ScanVerdict) -> str:
    rows = vulnerability_rows(run, finding)
    head = "| severity | vulnerability | package | fixed in |\n|---|---|---|---|\n"
    table = head + fitting(map(_row, rows), 15_000, "\nand {} more\n")
    title = f"{finding.subject}: {severity_counts(worst_by_id(rows))}"
    return folded(escape(printable(title)), table)


def _row(row: Vulnerability) -> str:
    name = escape_markdown(row.id)
    if row.url.startswith("https://"):
        name = f"[{name}](<{row.url.replace('>', '%3E').replace('|', '%7C')}>)"
    return f"| {' | '.join([*_cells(row, name)])} |\n"


def _cells(row: Vulnerability, name: str) -> Iterator[str]:
    yield row.severity.word + (", exploited" if row.exploited else "")
    yield name
    yield inline_code(f"{row.package} {row.installed}".strip())
    yield inline_code(fix_words(row)) if row.fixed else escape_markdown(fix_words(row))
