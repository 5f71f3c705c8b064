"""Scan the images of a project and of all projects below it: `scan --all`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from imagelock.commands.scanning.scan import ScanVerdict, scan
from imagelock.commands.workspace import members_with, merged_findings, run_in_all
from imagelock.dataclass import replace
from imagelock.errors import ImagelockError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.scanning.scan_request import ScanRequest
    from imagelock.commands.workspace import Member, MemberResult
    from imagelock.model.reference import Reference


def scan_all(
    members: Sequence[Member], request: ScanRequest, console: Console
) -> ScanVerdict:
    """Scan each of *members* that has an image of *request*, and return one result.

    Paths are from the root of the workspace, and a project that cannot be scanned is a
    finding. A database is updated once. A manifest that several of them have locked is
    scanned once: its result is in the cache.

    Raises:
        UsageError: a pattern matches no image of any project.
    """
    results: list[MemberResult[ScanVerdict]] = []
    updated: set[str] = set()
    for member, patterns in members_with(members, request.images):
        own = replace(request, images=tuple(patterns), updated=frozenset(updated))
        (item,) = run_in_all([member], partial(scan, request=own, console=console))
        results.append(item)
        if not isinstance(item.result, ImagelockError):
            updated.update(item.result.scanners)
    return _merged(results, request)


def _merged(
    results: Sequence[MemberResult[ScanVerdict]], request: ScanRequest
) -> ScanVerdict:
    runs = [r.result for r in results if not isinstance(r.result, ImagelockError)]
    hidden: dict[Reference, str] = {}
    for run in runs:
        hidden |= run.hidden_names
    return ScanVerdict(
        assessments=[assessment for run in runs for assessment in run.assessments],
        findings=merged_findings(results),
        scanners=tuple(dict.fromkeys(name for run in runs for name in run.scanners)),
        hidden_names=hidden,
        changed_since=request.changed_since,
        unchanged=sum(run.unchanged for run in runs),
        broken_reports=sum(run.broken_reports for run in runs),
        rules_off=frozenset().union(*(run.rules_off for run in runs)),
        notices=tuple(dict.fromkeys(notice for run in runs for notice in run.notices)),
        is_broken=len(runs) < len(results),
    )
