"""Update the images of several projects: `update --all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.update import update
from imagelock.commands.workspace import (
    MemberResult,
    members_with,
    run_in_all,
    time_left,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.lock_run import LockOptions, LockRun
    from imagelock.commands.update_tags import UpdateTargets
    from imagelock.commands.workspace import Member
    from imagelock.project.project_files import ProjectFiles


def update_all(
    members: Sequence[Member],
    targets: UpdateTargets,
    console: Console,
    options: LockOptions,
    timeout: float | None,
) -> Iterator[MemberResult[LockRun]]:
    """Yield the result of `update` in each of *members*, in all with *timeout*.

    Where *targets* name images, projects without any of them are left out.

    Raises:
        UsageError: no project has an image that *targets* name.
    """
    left = time_left(timeout)

    def updating(own: UpdateTargets) -> Callable[[ProjectFiles], LockRun]:
        return lambda project: update(project, own, console, options, left())

    for member, patterns in members_with(members, targets.patterns):
        yield from run_in_all([member], updating(targets.only(patterns)))
