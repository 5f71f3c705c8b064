"""Print the changes of `lock`, `update` and `diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.cli.formats import write_changes
from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.model.finding import Severity
from imagelock.report import edits
from imagelock.report.changes import (
    Changes,
    format_changes,
    format_index_only,
    format_waiting,
)
from imagelock.report.findings import format_finding, format_mirrors
from imagelock.report.listing import format_guesses
from imagelock.report.style import Style, plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from imagelock.cli.session import Session
    from imagelock.commands.lock import LockRun
    from imagelock.commands.update_tags import TagUpdate
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.report.formats import Reporter

_MOST_PLACES: Final = 10


def finish_lock(
    session: Session,
    run: LockRun,
    reporter: Reporter | None,
    files: Mapping[Path, Reporter],
    *,
    written: bool,
) -> int:
    """Print *run*, write it to *files*, each in its format, and report failures.

    *written* is whether the result was written to disk. Returns the exit code: 1 if a
    file must be fixed, and 3 if a registry did not answer.
    """
    changes = changes_of(run)
    write_changes(files, changes)
    if reporter is None:
        print_run(session, run, written=written)
    else:
        print_changes(session, changes, reporter)
    print_notices(session, run)
    return report_failures(session, run)


def changes_of(run: LockRun) -> Changes:
    """Return the report of *run*."""
    return replace(
        Changes.of(run.result),
        findings=run.problems,
        mirrors=run.mirrors,
        places=run.places,
    )


def print_run(session: Session, run: LockRun, *, written: bool) -> None:
    """Print *run* as text; *written* is whether it was written to disk."""
    if run.tag_update:
        _print_tags(session, run.tag_update, written=written)
    print_changes(session, changes_of(run), None)
    session.print(_conclusion(run, written=written))


def print_notices(session: Session, run: LockRun) -> None:
    """Print what the user should know about *run* besides its result."""
    for key in sorted(run.held, key=str):
        session.notice(f"held: `{key.familiar}` keeps its locked digest\n")
    _print_written(session, run.written)
    session.notice(format_mirrors(run.mirrors))
    session.notice(format_waiting(run.waiting, run.cooldown))
    session.notice(format_guesses(run.guesses))


def _print_written(session: Session, written: Mapping[Reference, Place]) -> None:
    """Print the places whose digests keep images from being updated."""
    shown = len(written) if session.verbose else _MOST_PLACES
    for key, place in list(written.items())[:shown]:
        where = printable(f"{place.path}:{place.span.line}")
        session.notice(f"held: `{key.familiar}` by the digest written at {where}\n")
    if (more := len(written) - shown) > 0:
        session.notice(
            f"held: {plural(more, 'more image')} by written digests (`-v` shows them)\n"
        )


def print_changes(session: Session, report: Changes, reporter: Reporter | None) -> None:
    """Print *report* in the format of *reporter*, or as text."""
    if reporter is None:
        session.print(format_changes(report.changes, style=session.style))
        session.print(format_index_only(report.index_only_skipped))
    elif reporter.changes:
        session.print(reporter.changes(report))


def _print_tags(session: Session, update: TagUpdate, *, written: bool) -> None:
    """Print the edited tags, as a diff of the files if they are not *written*."""
    plan = update.rewrite.plan
    if not written:
        session.print(edits.format_diff(update.rewrite))
    if written or plan.unchanged:
        session.print(edits.format_plan(plan, "bumped", style=session.style))
    if plan.planned or plan.unchanged:
        session.print("\n")


def _conclusion(run: LockRun, *, written: bool) -> str:
    """Return a line with the number of locked images and changes."""
    result = run.result
    locked = plural(len(result.lockfile.images), "image")
    changes = plural(len(result.changes), "change")
    gap = "\n" if result.changes else ""
    if result.failures:
        asked = plural(result.asked, "image")
        gap += f"{len(result.failures)} of {asked} could not be resolved; "
    if not result.lockfile.images and not result.failures and not run.changed:
        return f"{gap}no image references to lock in this project\n"
    if not run.changed:
        return f"{gap}{locked} locked, nothing changed\n"
    if not written:
        return f"{gap}{changes}; nothing was written\n"
    if not result.changes:
        return f"{gap}{locked} locked, lockfile reformatted\n"
    return f"{gap}{locked} locked, {changes}\n"


def refuse_change(session: Session, command: str) -> int:
    """Print that `--check` found what *command* would change; return the exit code."""
    session.error(
        "error: `images.lock` would change, but `--check` was given\n\n"
        f"hint: run `{command}`\n"
    )
    return 1


def report_failures(session: Session, run: LockRun) -> int:
    """Print what failed in *run*, and return the exit code.

    It is 1 if a file must be fixed, and 3 if a registry did not answer.
    """
    hints: dict[str, Callable[[str], None]] = {}
    for finding in sorted(run.problems, key=lambda finding: -finding.severity):
        is_error = finding.severity is Severity.ERROR
        write = session.error if is_error else session.notice
        write(format_finding(finding, Style()))
        if finding.hint:
            hints.setdefault(printable(finding.hint), write)
    for hint, write_hint in hints.items():
        write_hint(f"hint: {hint}\n")
    failures = run.result.failures
    session.errors(failures, asked=run.result.asked)
    if any(finding.severity is Severity.ERROR for finding in run.problems):
        return 1
    return RegistryError.exit_code if failures else 0
