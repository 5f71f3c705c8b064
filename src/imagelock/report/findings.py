"""Findings as text for the terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Severity
from imagelock.report.grouping import grouped
from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding
    from imagelock.model.registry_status import MirrorUse


def summary_clause(verdict: Verdict) -> str:
    """Return the summary clause of *verdict*, without the full stop."""
    if not verdict.checked and not verdict.could_not_check:
        return "nothing was compared"
    count = plural(verdict.checked, "container" if verdict.running else "image")
    files = "the files and the registries" if verdict.online else "the files"
    clause = f"{count} compared with {'the lock' if verdict.running else files}"
    if verdict.could_not_check:
        clause += f", {verdict.could_not_check} could not be checked"
    if off := sorted(r.slug for r in verdict.rules_off if r.severity is Severity.ERROR):
        clause += f", not by the rules {', '.join(off)}"
    return clause


def mirror_sentences(mirrors: Iterable[MirrorUse]) -> list[str]:
    """Return a sentence for each address in *mirrors*, without the full stop."""
    registries: dict[tuple[str, bool], list[str]] = {}
    for use in mirrors:
        names = registries.setdefault((use.mirror, use.tags), [])
        names.append(f"`{use.registry}`")
    return [
        f"the mirror `{mirror}` {'resolved tags' if tags else 'served content'}"
        f" of {', '.join(names)}"
        for (mirror, tags), names in registries.items()
    ]


def format_mirrors(mirrors: Iterable[MirrorUse]) -> str:
    """Return a line for each address in *mirrors*."""
    return "".join(f"note: {printable(s)}\n" for s in mirror_sentences(mirrors))


def format_findings(verdict: Verdict, *, style: Style, notes: bool) -> str:
    """Return a line for each finding, the hints, and a summary.

    Without *notes*, notes are only counted, and findings of one cause are one.
    """
    printed = list(verdict.findings)
    if not notes:
        printed = grouped([f for f in printed if f.severity > Severity.NOTE])
    parts = ["".join(format_finding(finding, style) for finding in printed)]
    hints = dict.fromkeys(f.hint for f in printed if f.hint)
    parts.append("".join(f"{style.cyan('hint:')} {printable(h)}\n" for h in hints))
    hidden = len(verdict.findings) - len(printed)
    parts.append(_summary(verdict, style, hidden))
    return "\n".join(part for part in parts if part)


def format_finding(finding: Finding, style: Style) -> str:
    """Return *finding* on one line: location, severity, message and rule."""
    place = printable(str(finding.path))
    if finding.span is not None:
        place += f":{finding.span.line}:{finding.span.column}"
    severity = _colored(finding.severity.word, finding.severity, style)
    rule = style.dim(f"[{finding.rule.slug}]")
    message = printable(finding.message) + other_places(finding)
    return f"{style.bold(place)}: {severity}: {message} {rule}\n"


def other_places(finding: Finding) -> str:
    """Return ` (and 2 other places)`, or `""` if there is only one place."""
    if not finding.also:
        return ""
    return f" (and {plural(len(finding.also), 'other place')})"


def _colored(word: str, severity: Severity, style: Style) -> str:
    if severity is Severity.ERROR:
        return style.red(word)
    return style.yellow(word) if severity is Severity.WARNING else style.dim(word)


_BY_SEVERITY: Final = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def _summary(verdict: Verdict, style: Style, hidden: int) -> str:
    counts = Counter(finding.severity for finding in verdict.findings)
    severities = ", ".join(
        _colored(plural(counts[severity], severity.word), severity, style)
        for severity in _BY_SEVERITY
        if counts[severity]
    )
    agreement = style.green("all agree") if verdict.checked else ""
    result = severities or agreement or "no image was found"
    summary = f"{summary_clause(verdict)}: {result}"
    if hidden:
        summary += f" (`-v` shows {'it' if hidden == 1 else 'them'})"
    return f"{summary}\n"
