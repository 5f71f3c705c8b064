"""The parts that several pages have: findings, places, moves and vulnerabilities."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.finding import Severity
from imagelock.report.facts import move_link
from imagelock.report.history import (
    FLAPPING,
    MOVE_LABELS,
    other_reference,
    release_pair,
    standing,
)
from imagelock.report.scans.as_text import fix_words
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.commands.history.history import History
    from imagelock.commands.history.timeline import Move, Timeline
    from imagelock.model.finding import Finding
    from imagelock.model.span import Span
    from imagelock.scanning.vulnerability import Vulnerability

    LinkTo = Callable[[str, int], str | None]
    """Returns the URL of a line of a file of the project, if it is known."""

    Number = tuple[int, str, str]
    """What is counted at the head of a page: how many, of what, and its class."""

    Chip = tuple[str, str]
    """A few words about an item, and their class."""

REVISION: Final = 12
"""Characters of a revision that are shown."""


def no_link(_path: str, _line: int) -> None:
    """Return no URL: the commit is not known."""


def number(count: int, unit: str, kind: str = "") -> Number:
    """Return *count* of *unit*, which is in the plural unless there is one."""
    return count, plural(count, unit).partition(" ")[2], kind


def severity_numbers(findings: Iterable[Finding]) -> Iterator[Number]:
    """Yield how many findings there are of each severity."""
    counts = Counter(finding.severity for finding in findings)
    for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE):
        if count := counts[severity]:
            yield number(count, severity.word, severity.word)


def history_gaps(history: History) -> Iterator[str]:
    """Yield what is missing in *history*."""
    if history.is_shallow:
        yield "The clone is shallow: older moves are missing."
    if history.unreadable:
        versions = plural(len(history.unreadable), "version")
        yield f"{versions} of the lockfile could not be read, and count as the ones before."


def finding_part(finding: Finding, link_to: LinkTo) -> dict[str, Any]:
    """Return what is shown of *finding*."""
    places = [(finding.path, finding.span)]
    places += [(place.path, place.span) for place in finding.also]
    return {
        "rule": finding.rule.slug,
        "severity": finding.severity.word,
        "message": printable(finding.message),
        "hint": printable(finding.hint or ""),
        "places": [place_part(*place, link_to) for place in places],
    }


def place_part(
    path: PurePosixPath, span: Span | None, link_to: LinkTo
) -> dict[str, Any]:
    """Return the name of a place in a file, and its URL."""
    line = span.line if span else 0
    name = f"{path}:{line}" if line else str(path)
    return {"name": printable(name), "url": link_to(str(path), line)}


def move_part(move: Move) -> dict[str, Any]:
    """Return a row of the table of moves."""
    other = other_reference(move)
    return {
        "date": f"{move.commit.date:%Y-%m-%d}",
        "label": MOVE_LABELS[move.kind] + (f", {other}" if other else ""),
        "url": move_link(move),
        "digest": move.new.digest.abbreviated if move.new else "",
        "release": release_pair(move),
        "stood": standing(move),
        "commit": move.commit.revision[:REVISION],
        "subject": printable(move.commit.subject),
    }


def timeline_chips(timeline: Timeline) -> Iterator[Chip]:
    """Yield since when the digest stands, and whether it moved back and forth."""
    last = timeline.moves[-1]
    if timeline.is_flapping:
        yield FLAPPING, "warning"
    if last.new:
        yield f"since {last.commit.date:%Y-%m-%d}", ""
    else:
        yield f"removed {last.commit.date:%Y-%m-%d}", ""


def vulnerability_part(row: Vulnerability) -> dict[str, Any]:
    """Return a row of the table of vulnerabilities."""
    return {
        "severity": row.severity.word,
        "exploited": row.exploited,
        "id": printable(row.id),
        "package": printable(f"{row.package} {row.installed}".strip()),
        "fixed": printable(fix_words(row)),
    }


def words(values: Iterable[str]) -> str:
    """Return the different ones of *values* as the value of an attribute."""
    return " ".join(sorted(set(values)))
