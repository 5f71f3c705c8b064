"""Findings in Markdown, for comments and job summaries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Severity
from imagelock.report.findings import (
    mirror_sentences,
    other_places,
    summary_clause,
)
from imagelock.report.markdown_text import (
    escape_markdown,
    fitting,
    folded,
    inline_code,
)
from imagelock.report.style import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding
    from imagelock.model.registry_status import MirrorUse

MAX_LENGTH: Final = 65_536
"""The limit of GitHub for the body of a pull request, in characters."""
MAX_TABLE: Final = 40_000
"""The table may take this many characters, which leaves room for the details."""


def findings(verdict: Verdict) -> str:
    """Return a headline and a table of the findings; notes are folded."""
    notes = [f for f in verdict.findings if f.severity <= Severity.NOTE]
    problems = [f for f in verdict.findings if f.severity > Severity.NOTE]
    counts = Counter(finding.severity for finding in verdict.findings)
    summary = ", ".join(
        plural(counts[severity], severity.word)
        for severity in sorted(counts, reverse=True)
    )
    parts = [
        f"### {summary or _agreement(verdict)}\n",
        f"{summary_clause(verdict)}.\n",
    ]
    if verdict.mirrors:
        parts.append(mirror_list(verdict.mirrors))
    if problems:
        parts.append(finding_table(problems, MAX_TABLE))
    if notes:
        table = finding_table(notes, MAX_LENGTH - MAX_TABLE - 2_000)
        title = plural(len(notes), "note")
        parts.append(folded(title, table))
    return "\n".join(parts)


def _agreement(verdict: Verdict) -> str:
    if not verdict.checked:
        return "Nothing was compared"
    return "All images match the lockfile"


def mirror_list(mirrors: Iterable[MirrorUse]) -> str:
    """Return a list of the mirrors that answered."""
    lines = (f"- {escape_markdown(text)}\n" for text in mirror_sentences(mirrors))
    return fitting(lines, 5_000, "- and {} more\n")


def finding_table(findings: Sequence[Finding], room: int) -> str:
    """Return a table of *findings*, those that fit *room* in characters."""
    head = "| severity | location | message |\n|---|---|---|\n"
    return head + fitting(map(_finding, findings), room, "\nand {} more\n")


def _finding(finding: Finding) -> str:
    place = str(finding.path)
    if finding.span is not None:
        place += f":{finding.span.line}"
    hint = f"<br>{escape_markdown(finding.hint)}" if finding.hint else ""
    return (
        f"| {finding.severity.word} | {inline_code(place)} |"
        f" {escape_markdown(finding.message)}{other_places(finding)} ({finding.rule.slug}){hint} |\n"
    )
