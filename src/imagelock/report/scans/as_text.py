"""The result of `scan` as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule, Severity
from imagelock.report.findings import format_finding, format_hints
from imagelock.report.grouping import grouped
from imagelock.report.style import plural, printable
from imagelock.scanning.counts import severity_counts, worst_by_id
from imagelock.scanning.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.model.finding import Finding
    from imagelock.report.style import Style
    from imagelock.scanning.assessment import Assessment
    from imagelock.scanning.vulnerability import Vulnerability

_MOST_ROWS: Final = 10
"""Vulnerabilities of an image that are shown without `-v`."""


def format_scan(run: ScanVerdict, *, style: Style, verbose: bool) -> str:
    """Return each finding with its vulnerabilities, the hints, and a summary.

    If not *verbose*, notes are only counted, and of many vulnerabilities only the most
    severe are shown.
    """
    printed = list(run.findings)
    if not verbose:
        printed = grouped([f for f in printed if f.severity > Severity.NOTE])
    parts = [_with_rows(finding, run, style, verbose=verbose) for finding in printed]
    text = "".join(parts)
    hints = format_hints((finding.hint for finding in printed), style)
    blocks = [text, hints, f"{style.wrap(scan_sentence(run))}\n"]
    return "\n".join(block for block in blocks if block)


def _with_rows(
    finding: Finding, run: ScanVerdict, style: Style, *, verbose: bool
) -> str:
    """Return the line of *finding*, and a line for each vulnerability that it is about."""
    line = format_finding(finding, style)
    if finding.rule is not Rule.VULNERABILITY:
        return line
    rows = vulnerability_rows(run, finding)
    shown = rows if verbose else rows[:_MOST_ROWS]
    lines = vulnerability_lines(shown, style)
    if (more := len(rows) - len(shown)) > 0:
        lines.append(f"  and {plural(more, 'more row')} (`-v` shows them)")
    return line + "".join(f"{each}\n" for each in lines)


def vulnerability_rows(run: ScanVerdict, finding: Finding) -> list[Vulnerability]:
    """Return what *finding* is about, each package and version once, the worst first."""
    return distinct_rows(
        entry for entry in run.assessments if entry.reference == finding.reference
    )


def distinct_rows(scans: Iterable[Assessment]) -> list[Vulnerability]:
    """Return what *scans* found, each package and version once, the worst first."""
    rows = {
        (*row.identity, row.installed): row
        for entry in scans
        for row in entry.vulnerabilities
    }
    return sorted(rows.values(), key=lambda row: (-row.severity, row.id, row.package))


def fix_words(row: Vulnerability) -> str:
    """Return the version with a fix, or that there is none."""
    if row.fixed:
        return " or ".join(row.fixed)
    return {"fixed": "fixed", "wont-fix": "will not be fixed"}.get(
        row.state.value, "no fix known"
    )


def vulnerability_lines(rows: Iterable[Vulnerability], style: Style) -> list[str]:
    """Return a line for each of *rows*, with the columns below each other."""
    cells = [
        (
            row.severity.word,
            printable(row.id),
            printable(f"{row.package} {row.installed}".strip()),
            printable(fix_words(row)),
            " exploited" if row.exploited else "",
        )
        for row in rows
    ]
    widths = [max((len(cell[n]) for cell in cells), default=0) for n in range(3)]
    return [
        "  "
        + _colored(f"{severity:{widths[0]}}", severity, style)
        + f"  {name:{widths[1]}}  {package:{widths[2]}}  {fix}{style.red(mark)}"
        for severity, name, package, fix, mark in cells
    ]


def _colored(text: str, severity: str, style: Style) -> str:
    if severity in {"critical", "high"}:
        return style.red(text)
    return style.magenta(text) if severity == "medium" else style.dim(text)


def scan_sentence(run: ScanVerdict) -> str:
    """Return the summary: what was scanned with what, what was found, what was not."""
    if not run.assessments:
        if run.changed_since is not None:
            return f"nothing was scanned: no image changed since {run.changed_since}"
        return "nothing was scanned"
    return f"{'; '.join(_clauses(run))}"


def _clauses(run: ScanVerdict) -> Iterator[str]:
    scanned = [a for a in run.assessments if a.outcome is not Outcome.COULD_NOT_SCAN]
    yield _scanned(run, scanned) if scanned else "nothing was scanned"
    failed = len(run.assessments) - len(scanned)
    if failed:
        yield f"{plural(failed, 'platform')} could not be scanned"
    empty = [a for a in scanned if a.outcome is Outcome.NOTHING_TO_SCAN]
    if empty:
        yield f"{plural(len(empty), 'platform')} without packages"
    if accepted := sum(a.accepted for a in scanned):
        yield f"{accepted} accepted by the settings"
    if suppressed := sum(a.report.suppressed for a in scanned if a.report):
        yield f"{suppressed} suppressed by the scanner's own settings"
    if hidden := sum(a.hidden for a in scanned):
        yield f"{hidden} left out by the options"


def _scanned(run: ScanVerdict, scanned: Sequence[Assessment]) -> str:
    digests = {a.locked.target.digest for a in scanned if a.locked.target}
    images = {a.reference for a in scanned}
    clause = (
        f"{plural(len(images), 'image')} ({plural(len(digests), 'manifest')}) scanned"
    )
    if run.scanners:
        clause += f" with {' and '.join(run.scanners)}"
    if run.unchanged:
        clause += f", {run.unchanged} unchanged since {run.changed_since}"
    return f"{clause}: {_found(run)}"


def _found(run: ScanVerdict) -> str:
    worst = worst_by_id(v for a in run.assessments for v in a.vulnerabilities)
    if worst:
        return f"{severity_counts(worst)}"
    is_clean = any(a.outcome is Outcome.CLEAN for a in run.assessments)
    return "no vulnerability found" if is_clean else "nothing was compared"
