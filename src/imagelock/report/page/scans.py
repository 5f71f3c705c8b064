"""What scanners found, as the pages show it; what was not scanned is never clean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.report.page.parts import vulnerability_part
from imagelock.report.scans.as_text import distinct_rows, scan_sentence
from imagelock.report.style import plural, printable
from imagelock.scanning.counts import severity_counts, worst_by_id
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.report.page.parts import Chip
    from imagelock.scanning.assessment import Assessment

_UNKNOWN: Final = "not scanned"


def scan_notes(run: ScanVerdict) -> Iterator[str]:
    """Yield what was scanned, and what the reader must know about it."""
    yield f"{printable(scan_sentence(run))}."
    for notice in run.notices:
        yield f"{printable(notice)}."


def scan_chips(scans: Sequence[Assessment]) -> Iterator[Chip]:
    """Yield what was found in an image; nothing if nothing was scanned."""
    worst = worst_by_id(row for each in scans for row in each.vulnerabilities)
    if worst:
        highest = max(worst.values())
        is_bad = highest >= VulnerabilitySeverity.HIGH
        yield severity_counts(worst), "error" if is_bad else "warning"
    outcomes = {each.outcome for each in scans}
    if Outcome.COULD_NOT_SCAN in outcomes:
        is_part = bool(outcomes - {Outcome.COULD_NOT_SCAN})
        yield f"{'partly ' if is_part else ''}{_UNKNOWN}", "warning"
    elif outcomes == {Outcome.CLEAN}:
        yield "no vulnerability found", "locked"
    elif Outcome.NOTHING_TO_SCAN in outcomes and not worst:
        yield "nothing to scan", "note"


def scan_facts(scans: Sequence[Assessment]) -> Iterator[tuple[str, str]]:
    """Yield the scanners of an image and their databases, or why it was not scanned."""
    tools = {_tool(each): None for each in scans if each.report}
    if tools:
        yield "Scanned by", "; ".join(tools)
    for problem in {each.problem: None for each in scans if each.problem}:
        yield _UNKNOWN.capitalize(), printable(problem)
    if accepted := sum(each.accepted for each in scans):
        yield "Accepted", plural(accepted, "row") + " by the settings"
    if hidden := sum(each.hidden for each in scans):
        yield "Left out", plural(hidden, "row") + " by the settings"


def _tool(assessment: Assessment) -> str:
    report = assessment.report
    if report is None:
        return ""
    database = f", database of {report.built:%Y-%m-%d}" if report.built else ""
    return printable(f"{report.tool} {report.tool_version}".strip() + database)


def scan_rows(scans: Sequence[Assessment]) -> list[dict[str, Any]]:
    """Return the rows of the table of vulnerabilities, the worst first."""
    return [vulnerability_part(row) for row in distinct_rows(scans)]
