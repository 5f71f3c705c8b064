"""Findings as text for the terminal."""

from __future__ import annotations

from collections import Counter

from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.finding import Severity
from imagelock.model.span import FILE_START
from imagelock.report.grouping import grouped
from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import timedelta
    from pathlib import PurePosixPath

    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding
    from imagelock.model.registry_status import MirrorUse
    from imagelock.model.span import Span
    from imagelock.source_line import SourceLine

    FindLine = Callable[[PurePosixPath, Span], SourceLine | None]
    """Returns the line of a file at a span, if it can be read."""

_MINUTES_OF_HOURS: Final = 120
"""Where ages are in minutes, and not in hours any more."""
_MOST_EXCERPTS: Final = 10
"""With more findings, a line each tells more than their surroundings."""


def summary_clause(verdict: Verdict) -> str:
    """Return the summary clause of *verdict*, without the full stop."""
    if not verdict.checked and not verdict.could_not_check:
        return "nothing was compared"
    count = plural(verdict.checked, "container" if verdict.running else "image")
    files = "the files and the registries" if verdict.online else "the files"
    clause = f"{count} compared with {'the lock' if verdict.running else files}"
    if verdict.answers and verdict.answers.age is not None:
        clause += f", by answers {_age(verdict.answers.age)} old"
    if verdict.could_not_check:
        clause += f", {verdict.could_not_check} could not be checked"
    if off := sorted(r.slug for r in verdict.rules_off if r.severity is Severity.ERROR):
        clause += f", not by the rules {', '.join(off)}"
    if verdict.only_online:
        clause += f", not offline by {', '.join(verdict.only_online)}"
    return clause


def _age(age: timedelta) -> str:
    """Return *age*, or a bound for it, in words."""
    minutes = int(age.total_seconds()) // 60
    if not minutes:
        return "less than a minute"
    if minutes < _MINUTES_OF_HOURS:
        return f"up to {plural(minutes + 1, 'minute')}"
    return f"up to {plural(minutes // 60 + 1, 'hour')}"


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


def format_findings(
    verdict: Verdict, *, style: Style, notes: bool, find_line: FindLine | None = None
) -> str:
    """Return the findings, the hints, and a summary.

    Without *notes*, notes are only counted, and findings of one cause are one. Few
    findings have the line of their file below them, which *find_line* reads.
    """
    printed = list(verdict.findings)
    if not notes:
        printed = grouped([f for f in printed if f.severity > Severity.NOTE])
    parts = [
        format_finding_list(printed, style, find_line),
        format_hints((finding.hint for finding in printed), style),
        _summary(verdict, style, len(verdict.findings) - len(printed)),
    ]
    return "\n".join(part for part in parts if part)


def format_finding_list(
    findings: Sequence[Finding], style: Style, find_line: FindLine | None
) -> str:
    """Return each of *findings*, and the line of its file if they are few."""
    lines = [(format_finding(each, style), each.path, each.span) for each in findings]
    return with_excerpts(lines, style, find_line)


def with_excerpts(
    messages: Sequence[tuple[str, PurePosixPath, Span | None]],
    style: Style,
    find_line: FindLine | None,
) -> str:
    """Return each message, and below it the line of the file that it is about.

    A message comes with its file and place. There are only messages if they are many.
    """
    is_long = len(messages) > _MOST_EXCERPTS
    return "".join(_excerpted(messages, style, None if is_long else find_line))


def _excerpted(
    messages: Sequence[tuple[str, PurePosixPath, Span | None]],
    style: Style,
    find_line: FindLine | None,
) -> Iterator[str]:
    shown = None
    for message, path, span in messages:
        yield message
        place = (path, span)
        if find_line is None or span is None or span == FILE_START or place == shown:
            continue
        if line := find_line(path, span):
            from imagelock.report.excerpt import format_excerpt  # not for every run

            yield format_excerpt(line, style)
            shown = place


def format_hints(hints: Iterable[str | None], style: Style) -> str:
    """Return a line for each different one of *hints*."""
    lines = dict.fromkeys(f"hint: {printable(hint)}" for hint in hints if hint)
    return "".join(f"{style.labeled(line)}\n" for line in lines)


def format_finding(finding: Finding, style: Style) -> str:
    """Return *finding* without its hint: location, severity, message and rule."""
    place = printable(str(finding.path))
    if finding.span is not None:
        place += f":{finding.span.line}:{finding.span.column}"
    severity = _colored(finding.severity.word, finding.severity, style)
    rule = style.dim(f"[{finding.rule.slug}]")
    message = printable(finding.message) + other_places(finding)
    line = f"{style.bold(place)}: {severity}: {message} {rule}"
    return f"{style.wrap(line)}\n"


def other_places(finding: Finding) -> str:
    """Return ` (and 2 other places)`, or `""` if there is only one place."""
    if not finding.also:
        return ""
    return f" (and {plural(len(finding.also), 'other place')})"


def _colored(word: str, severity: Severity, style: Style) -> str:
    if severity is Severity.ERROR:
        return style.red(word)
    return style.magenta(word) if severity is Severity.WARNING else style.dim(word)


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
    return f"{style.wrap(summary)}\n"
