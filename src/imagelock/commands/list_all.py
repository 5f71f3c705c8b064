"""List the references of a project and of all projects below it: `list --all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.list import list_with_scan
from imagelock.commands.workspace import MemberResult, from_root, run_in_all
from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError
from imagelock.model.occurrence import Reason, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.commands.list import ReferenceStatus
    from imagelock.commands.workspace import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceList:
    """The references of all projects, with paths from the root of the workspace.

    `guesses`, `commands` and `charts` are those of `Scan`, and `broken` the projects that
    could not be read.
    """

    rows: Sequence[ReferenceStatus]
    guesses: int
    commands: int
    charts: int
    broken: Sequence[MemberResult[object]]


def list_all(members: Iterable[Member]) -> WorkspaceList:
    """Return the references of each of *members*, sorted by place in each project."""
    rows: list[ReferenceStatus] = []
    broken: list[MemberResult[object]] = []
    guesses = commands = charts = 0
    for item in run_in_all(members, list_with_scan):
        if isinstance(item.result, ImagelockError):
            broken.append(MemberResult(item.member, item.result))
            continue
        own, scan = item.result
        guesses += scan.guesses
        commands += scan.commands
        charts += scan.charts
        for row in own:
            if not _is_other_project(row):
                place = from_root(row.found.place, item.member.folder)
                rows.append(replace(row, found=replace(row.found, place=place)))
    return WorkspaceList(
        rows=rows, guesses=guesses, commands=commands, charts=charts, broken=broken
    )


def _is_other_project(row: ReferenceStatus) -> bool:
    """Return whether *row* only says that the files of another project are not read."""
    found = row.found
    return isinstance(found, Skipped) and found.reason is Reason.OTHER_PROJECT
