"""Findings and failures that one cause explains, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.model.finding import Rule
from imagelock.report.style import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

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


def _without_unlocked(findings: Sequence[Finding]) -> list[Finding]:
    """Return *findings*; where nothing of a project is locked, that first and once."""
    by_project: dict[PurePosixPath | None, list[Finding]] = {}
    for finding in findings:
        by_project.setdefault(finding.project, []).append(finding)
    return [each for own in by_project.values() for each in _merge_unlocked(own)]


def _merge_unlocked(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings of a project, those of all that is not locked as one."""
    unlocked = [each for each in findings if each.rule is Rule.NOT_LOCKED]
    nothing = [each for each in findings if each.rule is Rule.NOTHING_FOUND]
    if not nothing or len(unlocked) < 2:  # noqa: PLR2004 - a single one stays
        return findings
    places = [(e.path, e.span) for finding in unlocked for e in finding.at_each_place()]
    files = len({path for path, _ in places})
    references = f"{plural(len(places), 'reference')} in {plural(files, 'file')}"
    only = replace(
        nothing[0],
        rule=Rule.NOT_LOCKED,
        severity=max(each.severity for each in [*nothing, *unlocked]),
        message=f"{nothing[0].message}, so that {references} are not locked",
    )
    merged = {Rule.NOT_LOCKED, Rule.NOTHING_FOUND}
    return [only, *(each for each in findings if each.rule not in merged)]


def _joined(cause: str, group: Sequence[Finding]) -> Finding:
    if len(group) == 1:
        return group[0]
    return replace(group[0], message=with_count(cause, len(group)), also=())


def with_count(cause: str, images: int) -> str:
    """Return the message that *cause* concerns a number of *images*."""
    return f"{cause} ({plural(images, 'image')})"
