"""Edit plans as text and as unified diffs: the edited places and the kept ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagelock.commands.editing.edit_plan import Obstacle
from imagelock.report.findings import with_excerpts
from imagelock.report.style import Style, plural, printable
from imagelock.report.unified_diff import unified_diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.commands.editing.edit_plan import EditPlan, PlannedEdit
    from imagelock.lockfile.model import Pin
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.report.findings import FindLine


class EditRow(NamedTuple):
    """A place, its reference after the edit, and why it is kept if it is.

    `as_written` stands for a reference that must not be shown. `edited` is where the
    edit is, if that is not at the place.
    """

    place: Place
    reference: Reference
    kept_reason: str | None
    as_written: str | None = None
    edited: str = ""

    @property
    def name(self) -> str:
        """The image, for people."""
        return self.as_written or self.reference.key.familiar


def format_plan(plan: EditPlan, done: str, *, style: Style) -> str:
    """Return the places of *plan*, a line each and grouped by file, and their count.

    *done* is the status of an edited place: `pinned`, `unpinned` or `bumped`.
    """
    rows = list(dict.fromkeys(planned_rows(plan)))
    by_file: dict[PurePosixPath, list[EditRow]] = {}
    for row in rows:
        by_file.setdefault(row.place.path, []).append(row)
    blocks = [
        f"{style.bold(printable(str(path)))}\n{''.join(_lines(file_rows, done, style))}"
        for path, file_rows in by_file.items()
    ]
    return "\n".join([*blocks, _count(rows, done)])


def format_forgotten(pins: Sequence[Pin]) -> str:
    """Return how many pins the lock forgets, and in which files; nothing without any."""
    if not pins:
        return ""
    files = ", ".join(printable(str(path)) for path in sorted({p.path for p in pins}))
    return f"{plural(len(pins), 'pin')} without a digest forgotten: {files}\n"


def format_diff(rewrite: Rewrite) -> str:
    """Return the edits of *rewrite* as a unified diff of the files."""
    edits = rewrite.plan.edits
    return "".join(
        unified_diff(path, rewrite.old[path], data, edits[path])
        for path, data in rewrite.new.items()
    )


def format_problems(plan: EditPlan, *, style: Style, find_line: FindLine | None) -> str:
    """Return each place where an edit that was asked for is not possible, and why.

    What is not locked is left out: one message about all of it is enough.
    """
    problems = [
        (kept.occurrence.place, kept.reason)
        for kept in plan.unchanged
        if kept.is_problem and kept.obstacle is not Obstacle.NOT_LOCKED
    ]
    messages = []
    for place, reason in sorted(problems, key=lambda p: (p[0].path.parts, p[0].span)):
        error = style.red("error:")
        line = f"{style.bold(printable(place.label))}: {error} {printable(reason)}"
        messages.append((f"{style.wrap(line)}\n", place.path, place.span))
    return with_excerpts(messages, style, find_line)


def planned_rows(plan: EditPlan) -> list[EditRow]:
    """Return every place of *plan*, sorted by path and position."""
    rows = [
        EditRow(edit.occurrence.place, edit.reference, None, edited=_where(edit))
        for edit in plan.planned
    ]
    rows += [
        EditRow(
            kept.occurrence.place,
            kept.occurrence.reference,
            kept.reason,
            kept.as_written,
        )
        for kept in plan.unchanged
    ]
    return sorted(rows, key=lambda row: (row.place.path.parts, row.place.span))


def _where(edit: PlannedEdit) -> str:
    variable = edit.assignment
    return f"{variable.variable} at {variable.label}" if variable else ""


def _lines(rows: Sequence[EditRow], done: str, style: Style) -> Iterator[str]:
    spans = [row.place.span for row in rows]
    places = [f"{span.line}:{span.column}" for span in spans]
    names = [printable(row.name) for row in rows]
    indent, width = max(map(len, places)), max(map(len, names))
    for row, place, name in zip(rows, places, names, strict=True):
        digest = row.reference.digest
        if row.kept_reason:
            status = style.magenta(f"{'kept':<{len(done)}}")
            detail = printable(row.kept_reason)
        else:
            status = style.green(done)
            written = (digest.abbreviated if digest else "", printable(row.edited))
            detail = "  ".join(filter(None, written))
        line = f"  {place:<{indent}}  {name:<{width}}  {status}  {detail}"
        yield f"{line.rstrip()}\n"


def _count(rows: Sequence[EditRow], done: str) -> str:
    edited = [row.place for row in rows if not row.kept_reason]
    files = plural(len({place.path for place in edited}), "file")
    kept = len(rows) - len(edited)
    suffix = f", {kept} kept" if kept else ""
    return f"{plural(len(edited), 'reference')} {done} in {files}{suffix}\n"
