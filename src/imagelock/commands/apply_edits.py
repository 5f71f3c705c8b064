"""Turn a plan of edits into new file contents, each proven to be harmless."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from imagelock.commands.edit_proof import (
    only_expected_scalars_changed,
    unexpected_changes,
)
from imagelock.commands.pin_plan import Obstacle
from imagelock.model.edit import apply
from imagelock.model.source_text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.pin_plan import EditPlan
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """The part of a plan that can be carried out, with the files before and after.

    `old` and `new` are the bytes of each file that the plan edits.
    """

    plan: EditPlan
    old: dict[PurePosixPath, bytes]
    new: dict[PurePosixPath, bytes]

    def write(self, project: ProjectFiles) -> None:
        """Write the new contents into *project*.

        Raises:
            UnreadableFileError: a file cannot be written; it is unchanged.
        """
        for path, data in self.new.items():
            project.write(path, data)


def text_reader(project: ProjectFiles) -> Callable[[PurePosixPath], Text]:
    """Return a function that decodes a file of *project*, each file once."""
    return cache(lambda path: Text.decode(project.content(path)))


def prove_plan(
    project: ProjectFiles, findings: Sequence[Found], plan: EditPlan
) -> Rewrite:
    """Return *plan* with the contents of the files that it edits.

    *findings* are all that the project's files name now. The edited files are read
    again: a file in which anything changed that was not planned is left alone, and
    its places become problems of the plan.
    """
    while True:
        old = {path: project.content(path) for path in plan.edits}
        new = {path: apply(old[path], edits) for path, edits in plan.edits.items()}
        unproven = _unproven(project, findings, plan, old, new)
        if not unproven:
            return Rewrite(plan=plan, old=old, new=new)
        for path in unproven:
            plan = plan.without(path, Obstacle.UNPROVEN)


def _unproven(
    project: ProjectFiles,
    findings: Sequence[Found],
    plan: EditPlan,
    old: dict[PurePosixPath, bytes],
    new: dict[PurePosixPath, bytes],
) -> frozenset[PurePosixPath]:
    paths = frozenset(
        path
        for path, edits in plan.edits.items()
        if not only_expected_scalars_changed(
            path, Text.decode(old[path]), Text.decode(new[path]), len(edits)
        )
    )
    if paths or not new:
        return paths
    paths = unexpected_changes(findings, project.found(new), plan.expected_references)
    if paths <= new.keys():
        return paths
    # What a file means can depend on another that is edited: the one that was
    # edited for it, or else any.
    variables = frozenset(
        move.edit.path for move in plan.planned if move.occurrence.place.path in paths
    )
    return variables or frozenset(new)
