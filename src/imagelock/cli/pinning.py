"""What `pin` and `unpin` have in common: carry out a plan of edits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.options import OutputFormat
from imagelock.commands.edit_proof import (
    only_expected_scalars_changed,
    unexpected_changes,
)
from imagelock.commands.pin import NOT_LOCKED
from imagelock.model.edit import apply
from imagelock.model.source_text import Text
from imagelock.report.edits import Row, as_json, text, unified
from imagelock.report.findings import plural
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import PurePosixPath

    from imagelock.cli.session import Session
    from imagelock.commands.pin import Plan
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles

_HARMED: Final = "the edited file would not name the same images as before"

Images = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        envvar="IMAGELOCK_IMAGE",
        metavar="IMAGE",
        show_default=False,
        help="Only these images, in any spelling or as a pattern.",
    ),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        envvar="IMAGELOCK_CHECK",
        help="Write nothing; exit with 1 if a file would change.",
    ),
]
Diff = Annotated[
    bool,
    typer.Option(
        "--diff",
        envvar="IMAGELOCK_DIFF",
        help="Write nothing; print the changes as a unified diff.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """The part of a plan that can be carried out, and the files with its edits."""

    plan: Plan
    old: dict[PurePosixPath, bytes]
    new: dict[PurePosixPath, bytes]


def texts(project: ProjectFiles) -> Callable[[PurePosixPath], Text]:
    """Return what reads a file of *project*, each once."""
    return cache(lambda path: Text.decode(project.content(path)))


def rewriting(project: ProjectFiles, found: Sequence[Found], plan: Plan) -> Rewriting:
    """Return *plan* with the files as they will be, each proven to be unharmed.

    A file in which anything but what was meant would change is left alone, with
    all that stands in it among the problems.
    """
    while True:
        old = {path: project.content(path) for path in plan.edits}
        new = {path: apply(old[path], edits) for path, edits in plan.edits.items()}
        broken = _broken(project, found, plan, old, new)
        if not broken:
            return Rewriting(plan=plan, old=old, new=new)
        for path in broken:
            plan = plan.without(path, _HARMED)


def _broken(
    project: ProjectFiles,
    found: Sequence[Found],
    plan: Plan,
    old: dict[PurePosixPath, bytes],
    new: dict[PurePosixPath, bytes],
) -> frozenset[PurePosixPath]:
    bad = frozenset(
        path
        for path, edits in plan.edits.items()
        if not only_expected_scalars_changed(
            path, Text.decode(old[path]), Text.decode(new[path]), len(edits)
        )
    )
    if bad or not new:
        return bad
    bad = unexpected_changes(found, project.found(new), plan.wanted)
    # What a file means can depend on another that is edited: then none is safe.
    return bad if bad <= new.keys() else frozenset(new)


def carry_out(
    session: Session,
    project: ProjectFiles,
    result: Rewriting,
    *,
    write: bool,
    diff: bool,
    output: OutputFormat,
    done: str,
) -> None:
    """Write the files if asked to, and report what was done, or would be."""
    if write:
        for path, data in result.new.items():
            project.write(path, data)
    if diff:
        for path, data in result.new.items():
            session.print(unified(path, result.old[path], data))
    elif output is OutputFormat.JSON:
        session.print(as_json(rows(result.plan), done))
    else:
        session.print(text(rows(result.plan), done, style=session.style))


def rows(plan: Plan) -> list[Row]:
    """Return every place of *plan* in the order of the files."""
    rows: list[Row] = [
        *((m.occurrence.place, m.reference, None) for m in plan.moves),
        *((k.occurrence.place, k.occurrence.reference, k.reason) for k in plan.kept),
    ]
    return sorted(rows, key=lambda row: (row[0].path, row[0].span))


def complain(session: Session, plan: Plan) -> None:
    """Tell on stderr where an edit was asked for that cannot be made."""
    for kept in plan.kept:
        if kept.is_problem and kept.reason != NOT_LOCKED:
            place = kept.occurrence.place
            where = f"{place.path}:{place.span.line}:{place.span.column}"
            session.complain(f"{printable(where)}: error: {printable(kept.reason)}\n")


def end(session: Session, plan: Plan, *, check: bool) -> None:
    """Exit with 1 if something could not be done, or `--check` found a change."""
    complain(session, plan)
    if check and plan.moves:
        session.complain(
            f"error: {plural(len(plan.moves), 'reference')} would change,"
            " but `--check` was given\n"
        )
    unlocked = sum(kept.reason == NOT_LOCKED for kept in plan.kept)
    if unlocked:
        session.complain(
            f"error: {plural(unlocked, 'reference')} not in the lockfile\n\n"
            "hint: run `imagelock lock`\n"
        )
    if any(kept.is_problem for kept in plan.kept) or (check and plan.moves):
        raise typer.Exit(1)
