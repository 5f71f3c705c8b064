"""What `lock` and `update` have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from imagelock.change import ChangeKind, with_rollbacks
from imagelock.cli.connect import registries
from imagelock.cli.options import ChangesFormat
from imagelock.cli.progress import progress
from imagelock.errors import RegistryError
from imagelock.explain import MOVED, explain
from imagelock.finding import Rule, Severity
from imagelock.lock import Order, lock, to_ask
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.writer import write
from imagelock.report.changes import Changes, left_text, text
from imagelock.report.findings import line, plural
from imagelock.report.style import Style, printable
from imagelock.verify import arrange, compare_files
from imagelock.wanted import is_complete, select, still_pinned, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagelock.cli.session import Session
    from imagelock.explain import Inspector
    from imagelock.finding import Finding
    from imagelock.lock import Outcome
    from imagelock.occurrence import Found
    from imagelock.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one of the two commands wants.

    `refresh` are patterns of images to move; `None` moves none. `take_index` moves
    them even where only the index changed. `requests` is what the details of an
    image that moved may cost. `reports` are files that get the result, too.
    """

    write: bool
    refresh: Sequence[str] | None = None
    take_index: bool = True
    requests: int = 0
    reports: Sequence[str] = ()


def carry_out(
    session: Session,
    project: Project,
    task: Task,
    *,
    output: ChangesFormat,
    timeout: float,
) -> bool:
    """Lock what the project names, report it, and write the lockfile if asked to.

    Returns whether the lockfile changed, or would. Exits with 1 if a file cannot be
    read or names what cannot be an image, and with 3 if a registry did not answer;
    what could be locked is written all the same.
    """
    files = _files(task)
    found = project.found()
    old = project.healed_lockfile() or Lockfile()
    digests = wanted(found, old.pins)
    refresh = task.refresh
    order = Order(
        wanted=digests,
        platforms=project.platforms,
        refresh=frozenset() if refresh is None else select(refresh, digests),
        keep_others=bool(project.paths) or not is_complete(found),
        take_index=task.take_index,
    )
    with registries(project.config, session, timeout) as registry:
        with progress(session, "Asking registries", len(to_ask(order, old))) as advance:
            outcome = lock(order, old, registry, advance)
        new = outcome.lockfile
        if not project.paths:
            new = replace(new, pins=still_pinned(found, new.pins))
        changed = bool(old.images or new.images) and not project.is_saved(new)
        if task.write and changed:
            project.save(new)
        if task.write and refresh is not None:
            _pin_again(project, found, new)
        outcome = _told(session, project, outcome, registry, task.requests)
    _report(session, outcome, output, files)
    if output is ChangesFormat.TEXT:
        _conclude(session, outcome, changed=changed, dry=not task.write)
    _exit(outcome, _problems(project, found))
    return changed


def _pin_again(project: Project, found: Sequence[Found], new: Lockfile) -> None:
    """Let the digests in the files follow the lock, where `pin` wrote them."""
    if not new.pins:
        return
    from imagelock.cli.pinning import rewriting, texts  # noqa: PLC0415 - few need it
    from imagelock.pin import Wish, pin  # noqa: PLC0415

    wish = Wish(keys=new.images, pinned_only=True)
    plan = pin(found, new, wish, texts(project))
    for path, data in rewriting(project, found, plan).new.items():
        project.write(path, data)


def _told(
    session: Session,
    project: Project,
    outcome: Outcome,
    registry: Inspector,
    requests: int,
) -> Outcome:
    """Return *outcome* with what git and, for so many *requests*, registries know."""
    changes = outcome.changes
    if any(change.kind is ChangeKind.CONTENT for change in changes):
        changes = with_rollbacks(changes, project.earlier_digests())
    if requests and (count := sum(change.kind in MOVED for change in changes)):
        with progress(session, "Looking at what changed", count) as advance:
            changes = explain(changes, registry, requests, advance)
    return replace(outcome, changes=changes)


def _problems(project: Project, found: Sequence[Found]) -> list[Finding]:
    """Return what the user must mend in the files."""
    findings = compare_files(found, Lockfile(), whole=False)
    rules = {Rule.INVALID_REFERENCE, Rule.UNREADABLE_FILE}
    return arrange(
        (finding for finding in findings if finding.rule in rules),
        project.severities,
        project.ignored,
    )


def _files(task: Task) -> dict[Path, str]:
    """Return the files that *task* wants reports in; an error before any work."""
    if not task.reports:
        return {}
    from imagelock.cli.report_files import planned  # noqa: PLC0415 - few need it

    return planned(task.reports, changes=True)


def _report(
    session: Session,
    outcome: Outcome,
    output: ChangesFormat,
    files: dict[Path, str],
) -> None:
    report = Changes(
        changes=outcome.changes,
        left=outcome.left,
        failures=outcome.failures,
        lockfile=write(outcome.lockfile),
    )
    if files:
        from imagelock.cli.report_files import write_changes  # noqa: PLC0415

        write_changes(files, report)
    print_changes(session, report, output)


def _conclude(session: Session, outcome: Outcome, *, changed: bool, dry: bool) -> None:
    locked = plural(len(outcome.lockfile.images), "image")
    moved = plural(len(outcome.changes), "change")
    if outcome.changes:
        session.print("\n")
    if not outcome.lockfile.images and not outcome.failures and not changed:
        session.print("no file of this project names an image that can be locked\n")
    elif not changed:
        session.print(f"{locked} locked, nothing changed\n")
    elif dry:
        session.print(f"{moved}; nothing was written\n")
    else:
        session.print(f"{locked} locked, {moved}\n")


def print_changes(session: Session, report: Changes, output: ChangesFormat) -> None:
    """Print *report* as *output* wants it."""
    if output is ChangesFormat.TEXT:
        session.print(text(report.changes, style=session.style))
        session.print(left_text(report.left))
        return
    from imagelock.report.formats import FORMATS  # noqa: PLC0415 - text needs none

    if form := FORMATS[output.value].changes:
        session.print(form(report))


def _exit(outcome: Outcome, problems: Sequence[Finding]) -> None:
    for finding in problems:
        typer.echo(line(finding, Style()), err=True, nl=False)
    for error in outcome.failures.values():
        typer.echo(printable(f"error: {error}"), err=True)
    for hint in dict.fromkeys(e.hint for e in outcome.failures.values() if e.hint):
        typer.echo(printable(f"hint: {hint}"), err=True)
    if any(finding.severity is Severity.ERROR for finding in problems):
        raise typer.Exit(1)
    if outcome.failures:
        raise typer.Exit(RegistryError.exit_code)
