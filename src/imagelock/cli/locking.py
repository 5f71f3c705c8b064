"""What `lock` and `update` have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from imagelock.cli.connect import registries
from imagelock.cli.options import OutputFormat
from imagelock.cli.progress import progress
from imagelock.cooldown import Cooled
from imagelock.duration import duration
from imagelock.errors import RegistryError
from imagelock.finding import Rule, Severity
from imagelock.lock import Order, lock, to_ask
from imagelock.lockfile.model import Lockfile
from imagelock.report import as_json, changes
from imagelock.report.changes import waiting
from imagelock.report.findings import line, plural
from imagelock.report.style import Style, printable
from imagelock.verify import arrange, compare_files
from imagelock.wanted import is_complete, select, still_pinned, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.cli.bumping import Bumped
    from imagelock.cli.session import Session
    from imagelock.digest import Digest
    from imagelock.finding import Finding
    from imagelock.lock import Outcome
    from imagelock.occurrence import Found
    from imagelock.project import Project
    from imagelock.reference import Reference


def carry_out(
    session: Session,
    project: Project,
    *,
    refresh: Sequence[str] | None,
    write: bool,
    output: OutputFormat,
    timeout: float,
    bumped: Bumped | None = None,
) -> bool:
    """Lock what the project names, report it, and write the lockfile if asked to.

    *refresh* are patterns of images to move; `None` moves none. With *bumped*, its
    files are written, too, and its images are those to move. Returns whether the
    lockfile changed, or would. Exits with 1 if a file cannot be read or names
    what cannot be an image, and with 3 if a registry did not answer; what could be
    locked is written all the same.
    """
    found = project.found(bumped.files if bumped else None)
    old = project.healed_lockfile() or Lockfile()
    if bumped:
        old = replace(old, pins=bumped.pins)
    digests = wanted(found, old.pins)
    order = Order(
        wanted=digests,
        platforms=project.platforms,
        refresh=_refreshed(refresh, digests, bumped),
        keep_others=bool(project.paths) or not is_complete(found),
    )
    outcome, cooled = _ask(session, project, order, old, timeout)
    outcome = _settled(project, found, outcome, bumped)
    new = outcome.lockfile
    changed = bool(old.images or new.images) and not project.is_saved(new)
    if write:
        for path, data in (bumped.files if bumped else {}).items():
            project.write(path, data)
        if changed:
            project.save(new)
        if refresh is not None:
            _follow(project, found, new, cooled)
    if bumped and output is OutputFormat.TEXT:
        bumped.report(session, dry=not write)
    _report(session, outcome, output, changed=changed, dry=not write)
    if cooled:
        session.tell(waiting(cooled.waiting, cooled.age))
    _exit(outcome, _problems(project, found))
    return changed


def _ask(
    session: Session, project: Project, order: Order, old: Lockfile, timeout: float
) -> tuple[Outcome, Cooled | None]:
    """Return what comes of *order*, and what of it waits if there is a cooldown."""
    cooled = None
    age = project.config.cooldown
    with (
        registries(project.config, session, timeout) as registry,
        progress(session, "Asking registries", len(to_ask(order, old))) as advance,
    ):
        if age and order.refresh:
            cooled = Cooled(
                registry,
                old.images,
                project.sightings(),
                age=duration(age),
                now=datetime.now(UTC),
            )
        return lock(order, old, cooled or registry, advance), cooled


def _settled(
    project: Project,
    found: Sequence[Found],
    outcome: Outcome,
    bumped: Bumped | None,
) -> Outcome:
    """Return *outcome* with the pins that still are, and all that failed."""
    new = outcome.lockfile
    if not project.paths:
        new = replace(new, pins=still_pinned(found, new.pins))
    failures = {**(bumped.failures if bumped else {}), **outcome.failures}
    return replace(outcome, lockfile=new, failures=failures)


def _refreshed(
    refresh: Sequence[str] | None,
    digests: Mapping[Reference, Digest | None],
    bumped: Bumped | None,
) -> frozenset[Reference]:
    """Return the keys whose tags are asked for again."""
    if bumped:
        return bumped.keys
    return frozenset() if refresh is None else select(refresh, digests)


def _follow(
    project: Project, found: Sequence[Found], new: Lockfile, cooled: Cooled | None
) -> None:
    """Let follow the lock what is kept beside it.

    That is what waits, and the digests in the files, where `pin` wrote them.
    """
    if cooled:
        project.save_sightings(cooled.sightings)
    if not new.pins:
        return
    from imagelock.cli.pinning import rewriting, texts  # noqa: PLC0415 - few need it
    from imagelock.pin import Wish, pin  # noqa: PLC0415

    wish = Wish(keys=new.images, pinned_only=True)
    plan = pin(found, new, wish, texts(project))
    for path, data in rewriting(project, found, plan).new.items():
        project.write(path, data)


def _problems(project: Project, found: Sequence[Found]) -> list[Finding]:
    """Return what the user must mend in the files."""
    findings = compare_files(found, Lockfile(), whole=False)
    rules = {Rule.INVALID_REFERENCE, Rule.UNREADABLE_FILE}
    return arrange(
        (finding for finding in findings if finding.rule in rules),
        project.severities,
        project.ignored,
    )


def _report(
    session: Session,
    outcome: Outcome,
    output: OutputFormat,
    *,
    changed: bool,
    dry: bool,
) -> None:
    if output is OutputFormat.JSON:
        session.print(as_json.changes(outcome.changes, outcome.failures))
        return
    session.print(changes.text(outcome.changes, style=session.style))
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


def _exit(outcome: Outcome, problems: Sequence[Finding]) -> None:
    for finding in problems:
        typer.echo(line(finding, Style()), err=True, nl=False)
    complain(outcome.failures)
    if any(finding.severity is Severity.ERROR for finding in problems):
        raise typer.Exit(1)
    if outcome.failures:
        raise typer.Exit(RegistryError.exit_code)


def complain(failures: Mapping[Reference, RegistryError]) -> None:
    """Write what failed to stderr, and each way out once."""
    for error in failures.values():
        typer.echo(printable(f"error: {error}"), err=True)
    for hint in dict.fromkeys(e.hint for e in failures.values() if e.hint):
        typer.echo(printable(f"hint: {hint}"), err=True)
