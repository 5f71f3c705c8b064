"""The result of `scan` in Markdown, for comments and job summaries."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule, Severity
from imagelock.report.markdown import MAX_LENGTH, MAX_TABLE, finding_table
from imagelock.report.markdown_text import (
    escape_markdown,
    fitting,
    folded,
    inline_code,
)
from imagelock.report.scans.as_text import fix_words, scan_sentence, vulnerability_rows
from imagelock.report.style import plural, printable
from imagelock.scanning.counts import severity_counts, worst_by_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.scanning.scanned_update import Comparison
    from imagelock.model.finding import Finding
    from imagelock.scanning.vulnerability import Vulnerability


_IN_LINK: Final = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C", " ": "%20"})


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


def vulnerability_list(comparison: Comparison) -> str:
    """Return lists of what new content of an image adds, fixes, and does not fix."""
    found = comparison.difference
    if found is None or comparison.is_empty:
        return f"\nVulnerabilities {escape_markdown(comparison.words)}\n"
    more = "- and {} more\n"
    groups = {"Adds": found.added, "Fixes": found.fixed, "Remaining": found.remaining}
    return "".join(
        f"\n{title}:\n\n{fitting(_lines(rows), 4_000, more)}"
        for title, rows in groups.items()
        if rows
    )


def _lines(rows: Sequence[Vulnerability]) -> Iterator[str]:
    """Yield a line for each vulnerability in *rows*, with its packages."""
    by_id: dict[str, list[Vulnerability]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    for same in by_id.values():
        worst = max(same, key=lambda row: row.severity)
        packages = ", ".join(dict.fromkeys(inline_code(row.package) for row in same))
        mark = ", exploited" if any(row.exploited for row in same) else ""
        yield f"- {worst.severity.word}{mark}: {_link(worst)} in {packages}\n"


def _row(row: Vulnerability) -> str:
    return f"| {' | '.join([*_cells(row, _link(row))])} |\n"


def _link(row: Vulnerability) -> str:
    name = escape_markdown(row.id)
    if not row.url.startswith("https://"):
        return name
    return f"[{name}](<{row.url.translate(_IN_LINK)}>)"


def _cells(row: Vulnerability, name: str) -> Iterator[str]:
    yield row.severity.word + (", exploited" if row.exploited else "")
    yield name
    yield inline_code(f"{row.package} {row.installed}".strip())
    yield inline_code(fix_words(row)) if row.fixed else escape_markdown(fix_words(row))
