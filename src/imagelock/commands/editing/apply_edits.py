"""Turn a plan of edits into new file contents, each proven to be harmless."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from imagelock.commands.editing.edit_plan import Obstacle
from imagelock.commands.editing.edit_proof import (
    changed_tags,
    only_expected_scalars_changed,
    unexpected_changes,
)
from imagelock.dataclass import dataclass
from imagelock.errors import UnreadableFileError
from imagelock.model.edit import apply
from imagelock.model.source_text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.editing.edit_plan import EditPlan, PlannedEdit
    from imagelock.commands.editing.edit_proof import ChangedTag
    from imagelock.lockfile.model import Pin
    from imagelock.model.occurrence import Found
    from imagelock.model.span import Span
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """The part of a plan that can be carried out, with the files before and after.

    `old` and `new` are the bytes of each file that the plan edits. `forgotten` are the
    pins of the lock that have no digest in their place any more: a run was killed, or
    somebody took them out.
    """

    plan: EditPlan
    old: dict[PurePosixPath, bytes]
    new: dict[PurePosixPath, bytes]
    forgotten: tuple[Pin, ...] = ()

    def write(self, project: ProjectFiles) -> None:
        """Write the new contents into *project*.

        Raises:
            UnreadableFileError: a file cannot be written, or somebody changed it since
                it was read; it is left as it is.
        """
        for path in self.new:
            if project.content(path) != self.old[path]:
                raise UnreadableFileError(
                    f"`{path}` changed while imagelock ran, and is not written",
                    hint="run the command again",
                )
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
    again. A place that does not name what it should then is left alone; where anything
    else changed, its whole file is. What is left alone is a problem of the plan.
    """
    while True:
        old = {path: project.content(path) for path in plan.edits}
        new = {path: apply(old[path], edits) for path, edits in plan.edits.items()}
        unproven = _unproven(project, findings, plan, old, new)
        if not unproven:
            return Rewrite(plan=plan, old=old, new=new)
        for path, spans in unproven.items():
            plan = plan.without(path, spans, Obstacle.UNPROVEN)


def _unproven(
    project: ProjectFiles,
    findings: Sequence[Found],
    plan: EditPlan,
    old: dict[PurePosixPath, bytes],
    new: dict[PurePosixPath, bytes],
) -> dict[PurePosixPath, frozenset[Span]]:
    """Return the files with edits that do harm, and the places if only these do."""
    everything: frozenset[Span] = frozenset()
    broken = {
        path: everything
        for path, edits in plan.edits.items()
        if not only_expected_scalars_changed(
            path, Text.decode(old[path]), Text.decode(new[path]), len(edits)
        )
    }
    if broken or not new:
        return broken
    after = project.found(new)
    changes = unexpected_changes(findings, after, plan.expected_references)
    if changes and (harmful := _harmful_elsewhere(project, findings, plan, old)):
        return harmful
    if all(spans or path in new for path, spans in changes.items()):
        return changes
    # What a file means can depend on another that is edited: the one that was edited
    # for it, or one whose tag changed alike, or else any.
    variables = {
        move.edit.path for move in plan.planned if move.occurrence.place.path in changes
    }
    tags = changed_tags(findings, after, changes.keys() - new.keys())
    causes = dict.fromkeys(variables, everything) or _causes(plan, tags)
    return causes or dict.fromkeys(new, everything)


def _harmful_elsewhere(
    project: ProjectFiles,
    findings: Sequence[Found],
    plan: EditPlan,
    old: dict[PurePosixPath, bytes],
) -> dict[PurePosixPath, frozenset[Span]]:
    """Return the places with variables whose edits alone change what other files mean.

    A digest behind `FROM ${BASE}` stays there when a build gives `BASE` another value.
    """
    suspects: dict[PurePosixPath, list[PlannedEdit]] = defaultdict(list)
    for planned in plan.planned:
        place = planned.occurrence.place
        if planned.occurrence.variables and planned.edit.path == place.path:
            suspects[place.path].append(planned)
    harmful = {}
    for path, edits in suspects.items():
        new = {path: apply(old[path], [planned.edit for planned in edits])}
        expected = {
            (
                path,
                each.occurrence.place.span,
                each.occurrence.reference,
            ): each.reference
            for each in edits
        }
        if unexpected_changes(findings, project.found(new), expected).keys() - {path}:
            harmful[path] = frozenset(each.occurrence.place.span for each in edits)
    return harmful


def _causes(
    plan: EditPlan, tags: Collection[ChangedTag]
) -> dict[PurePosixPath, frozenset[Span]]:
    """Return the places of the edits of *plan* that change a tag as one of *tags*."""
    causes: dict[PurePosixPath, set[Span]] = defaultdict(set)
    for planned in plan.planned:
        place, old = planned.occurrence.place, planned.occurrence.reference
        if (old.tag, planned.reference.tag) in tags:
            causes[place.path].add(place.span)
    return {path: frozenset(spans) for path, spans in causes.items()}
