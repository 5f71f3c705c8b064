"""Findings and failures that one cause explains, as one."""

from __future__ import annotations

from imagelock.dataclass import replace
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.finding import Rule
from imagelock.model.occurrence import Place
from imagelock.model.span import FILE_START
from imagelock.report.style import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from imagelock.model.finding import Finding

_OWN: Final = frozenset({Rule.NOT_LOCKED, Rule.VULNERABILITY})
"""What is about an image in a single project: the digest may be another in each."""


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """Return *findings*, those that one cause explains as one, in their order.

    Without a lockfile nothing is locked, a registry that cannot be reached answers for
    none of its images, and a tag moves for all projects that use it.
    """
    by_cause: dict[str, list[Finding]] = {}
    for finding in _of_all_projects(_without_unlocked(findings)):
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


def _of_all_projects(findings: Sequence[Finding]) -> list[Finding]:
    """Return *findings*, those about an image that several projects have as one."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        is_shared = finding.reference and finding.project and finding.rule not in _OWN
        key = (finding.rule, finding.severity, finding.message, finding.reference)
        groups.setdefault(key if is_shared else id(finding), []).append(finding)
    return [_with_other_places(group) for group in groups.values()]


def _with_other_places(group: Sequence[Finding]) -> Finding:
    first, *others = group
    if not others:
        return first
    also = [
        replace(Place.of_file(each.path), span=each.span or FILE_START)
        for finding in others
        for each in finding.at_each_place()
    ]
    return replace(first, also=(*first.also, *also))


def _joined(cause: str, group: Sequence[Finding]) -> Finding:
    if len(group) == 1:
        return group[0]
    what = "project" if group[0].reference is None else "image"
    return replace(group[0], message=with_count(cause, len(group), what), also=())


def with_count(cause: str, number: int, what: str = "image") -> str:
    """Return the message that *cause* concerns a *number* of *what*."""
    return f"{cause} ({plural(number, what)})"
