"""Findings and failures that one cause explains, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.model.finding import Rule
from imagelock.report.style import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.finding import Finding


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """Return *findings*, those that one cause explains as one, in their order.

    Without a lockfile nothing is locked, and a registry that cannot be reached
    answers for none of its images.
    """
    by_cause: dict[str, list[Finding]] = {}
    for finding in _without_unlocked(findings):
        by_cause.setdefault(finding.cause or f"\0{id(finding)}", []).append(finding)
    return [_joined(cause, group) for cause, group in by_cause.items()]


def _without_unlocked(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return *findings*, as one for each project in which nothing is locked."""
    replaced: dict[int, Finding | None] = {}
    for project in {each.project for each in findings}:
        replaced |= _unlocked([each for each in findings if each.project == project])
    kept = (replaced.get(id(each), each) for each in findings)
    return [each for each in kept if each is not None]


def _unlocked(findings: Sequence[Finding]) -> dict[int, Finding | None]:
    """Return what replaces findings of a project, by their identity."""
    unlocked = [each for each in findings if each.rule is Rule.NOT_LOCKED]
    nothing = [each for each in findings if each.rule is Rule.NOTHING_FOUND]
    if not nothing or len(unlocked) < 2:  # noqa: PLR2004 - a single one stays
        return {}
    places = [(e.path, e.span) for finding in unlocked for e in finding.at_each_place()]
    files = len({path for path, _ in places})
    references = f"{plural(len(places), 'reference')} in {plural(files, 'file')}"
    only = replace(
        nothing[0],
        rule=Rule.NOT_LOCKED,
        severity=max(each.severity for each in [*nothing, *unlocked]),
        message=f"{nothing[0].message}, so that {references} are not locked",
    )
    merged = dict.fromkeys([id(each) for each in [*nothing, *unlocked]])
    return {**merged, id(nothing[0]): only}


def _joined(cause: str, group: Sequence[Finding]) -> Finding:
    if len(group) == 1:
        return group[0]
    return replace(group[0], message=with_count(cause, len(group)), also=())


def with_count(cause: str, images: int) -> str:
    """Return the message that *cause* concerns a number of *images*."""
    return f"{cause} ({plural(images, 'image')})"
