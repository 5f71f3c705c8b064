"""Findings, as text for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Severity
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding


def compared(verdict: Verdict) -> str:
    """Return the summary clause of *verdict*, without the full stop."""
    count = plural(verdict.checked, "container" if verdict.running else "image")
    files = "the files and the registries" if verdict.online else "the files"
    clause = f"{count} compared with {'the lock' if verdict.running else files}"
    if verdict.could_not_check:
        clause += f", {verdict.could_not_check} could not be checked"
    return clause


def text(verdict: Verdict, *, style: Style, notes: bool) -> str:
    """Return one line a finding, the ways out, and a summary.

    Notes are only counted, unless *notes* asks for them.
    """
    shown = [f for f in verdict.findings if notes or f.severity > Severity.NOTE]
    parts = ["".join(line(finding, style) for finding in shown)]
    hints = dict.fromkeys(f.hint for f in shown if f.hint)
    parts.append("".join(f"{style.cyan('hint:')} {printable(h)}\n" for h in hints))
    hidden = len(verdict.findings) - len(shown)
    parts.append(_summary(verdict, style, hidden))
    return "\n".join(part for part in parts if part)


def line(finding: Finding, style: Style) -> str:
    """Return *finding* in one line: where, how severe, what, by which rule."""
    place = printable(str(finding.path))
    if finding.span is not None:
        place += f":{finding.span.line}:{finding.span.column}"
    severity = _painted(finding.severity.word, finding.severity, style)
    rule = style.dim(f"[{finding.rule.slug}]")
    message = printable(finding.message) + others(finding)
    return f"{style.bold(place)}: {severity}: {message} {rule}\n"


def others(finding: Finding) -> str:
    """Return ` (and 2 other places)`, or nothing if there is just one."""
    if not finding.also:
        return ""
    return f" (and {plural(len(finding.also), 'other place')})"


def _painted(word: str, severity: Severity, style: Style) -> str:
    if severity is Severity.ERROR:
        return style.red(word)
    return style.yellow(word) if severity is Severity.WARNING else style.dim(word)


_WORDS: Final = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def _summary(verdict: Verdict, style: Style, hidden: int) -> str:
    counts = Counter(finding.severity for finding in verdict.findings)
    found = ", ".join(
        _painted(plural(counts[severity], severity.word), severity, style)
        for severity in _WORDS
        if counts[severity]
    )
    told = compared(verdict)
    told += f": {found}" if found else f": {style.green('all agree')}"
    if hidden:
        told += f" (`-v` shows {'it' if hidden == 1 else 'them'})"
    return f"{told}\n"


def plural(count: int, word: str) -> str:
    """Return `1 image`, `2 images`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
