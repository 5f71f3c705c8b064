"""Update the images of several projects: `update --all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.selection import required_digests
from imagelock.commands.update import update
from imagelock.commands.workspace import MemberResult, run_in_all, time_left
from imagelock.errors import ImagelockError, UsageError
from imagelock.model.image_pattern import EXCEPT, matches_image

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
    timeout: float,
) -> Iterator[MemberResult[LockRun]]:
    """Yield the result of `update` in each of *members*, in all with *timeout*.

    Where *targets* name images, projects without any of them are left out.

    Raises:
        UsageError: no project has an image that *targets* name.
    """
    left = time_left(timeout)

    def updating(own: UpdateTargets) -> Callable[[ProjectFiles], LockRun]:
        return lambda project: update(project, own, console, options, left())

    for member, patterns in _patterns_in(members, targets):
        yield from run_in_all([member], updating(targets.only(patterns)))


def _patterns_in(
    members: Sequence[Member], targets: UpdateTargets
) -> list[tuple[Member, frozenset[str]]]:
    """Return the members to update, with the patterns that match an image in them."""
    if not targets.patterns:
        return [(member, frozenset()) for member in members]
    found = [(member, _matching(member, targets.patterns)) for member in members]
    matched = frozenset().union(*(patterns for _, patterns in found))
    for pattern in targets.patterns:
        if pattern not in matched:
            raise UsageError(
                f"no image of any project matches `{pattern}`",
                hint="`imagelock list` shows those of a project",
            )
    wanted = {p for p in targets.patterns if not p.startswith(EXCEPT)}
    return [(m, patterns) for m, patterns in found if patterns & wanted or not wanted]


def _matching(member: Member, patterns: Sequence[str]) -> frozenset[str]:
    """Return those of *patterns* that match an image; all of a broken project's.

    What leaves images out counts everywhere.
    """
    try:
        keys = required_digests(member.open().found())
    except ImagelockError:
        return frozenset(patterns)
    return frozenset(
        pattern
        for pattern in patterns
        if pattern.startswith(EXCEPT)
        or any(matches_image(pattern, key) for key in keys)
    )
