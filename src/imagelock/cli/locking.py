"""What `lock` and `update` have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from imagelock.cli.arranging import arranged
from imagelock.cli.options import ChangesFormat
from imagelock.cli.output import complain, conclude, report
from imagelock.cli.progress import progress
from imagelock.commands.cooldown import CooldownRegistry
from imagelock.commands.explain import MOVED, explain
from imagelock.commands.lock import LockRequest, lock, unresolved
from imagelock.commands.selection import is_complete, select, still_pinned, wanted
from imagelock.commands.verify_files import compare_files
from imagelock.config.duration import duration
from imagelock.errors import RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.change import ChangeKind, with_rollbacks
from imagelock.model.finding import Rule, Severity
from imagelock.registry.connect import lazy_registry
from imagelock.report import waiting
from imagelock.report.findings import line
from imagelock.report.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from imagelock.cli.bumping import Bumped
    from imagelock.cli.session import Session
    from imagelock.commands.explain import Inspector
    from imagelock.commands.lock import LockResult
    from imagelock.commands.resolve import Registry
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles, Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one of the two commands wants.

    `refresh` are patterns of images to move; `None` moves none. `accept_index_changes` moves
    them even where only the index changed. `requests` is what the details of an
    image that moved may cost. With `bumped`, its files are written, too, and its
    images are those to move. `reports` are files that get the result, too.
    """

    write: bool
    refresh: Sequence[str] | None = None
    accept_index_changes: bool = True
    requests: int = 0
    bumped: Bumped | None = None
    reports: Sequence[str] = ()


def carry_out(
    session: Session,
    project: ProjectFiles,
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
    bumped = task.bumped
    reading = project.read(bumped.files if bumped else None)
    old = _old(project, bumped)
    order, held = _order(project, reading.found, old, task)
    asked = unresolved(order, old)
    with lazy_registry(project.config, session, timeout) as registry:
        registry.expect(asked)
        cooled = _cooled(project, order, old, registry)
        with progress(session, "Asking registries", len(asked)) as advance:
            outcome = lock(order, old, cooled or registry, advance)
        outcome = _settled(project, reading.found, outcome, bumped)
        changed = _written(project, reading.found, old, outcome, task, cooled)
        outcome = _told(session, project, outcome, registry, task.requests)
    is_text = output is ChangesFormat.TEXT
    if bumped and is_text:
        bumped.report(session, dry=not task.write)
    report(session, outcome, output, files)
    if is_text:
        conclude(session, outcome, changed=changed, dry=not task.write)
    _tell_what_stays(session, held, cooled)
    _exit(session, outcome, _problems(project, reading))
    return changed


def _written(
    project: ProjectFiles,
    found: Sequence[Found],
    old: Lockfile,
    outcome: LockResult,
    task: Task,
    cooled: CooldownRegistry | None,
) -> bool:
    """Write what *task* wants written; tell whether the lockfile changed."""
    new = outcome.lockfile
    changed = bool(old.images or new.images) and not project.is_saved(new)
    if task.write:
        _write(project, new if changed else None, task.bumped)
        _follow(project, found, new, task, cooled)
    return changed


def _old(project: ProjectFiles, bumped: Bumped | None) -> Lockfile:
    """Return what is locked, with the pins where *bumped* has moved them."""
    old = project.healed_lockfile() or Lockfile()
    return replace(old, pins=bumped.pins) if bumped else old


def _order(
    project: ProjectFiles, found: Sequence[Found], old: Lockfile, task: Task
) -> tuple[LockRequest, frozenset[Reference]]:
    """Return what to lock, and the images that are held back."""
    digests = wanted(found, old.pins)
    moving = _refreshed(task, digests)
    held = project.image_rules.held(moving & old.images.keys())
    order = LockRequest(
        wanted=digests,
        platforms=project.platforms,
        refresh=moving - held,
        keep_others=bool(project.paths) or not is_complete(found),
        accept_index_changes=task.accept_index_changes,
        own=project.image_rules.platforms(digests),
    )
    return order, held


def _tell_what_stays(
    session: Session, held: frozenset[Reference], cooled: CooldownRegistry | None
) -> None:
    """Say which images could have moved and did not."""
    for key in sorted(held, key=str):
        session.tell(f"held: `{key.familiar}` stays as it is locked\n")
    if cooled:
        session.tell(waiting.text(cooled.waiting, cooled.age))


def _refreshed(
    task: Task, digests: Mapping[Reference, Digest | None]
) -> frozenset[Reference]:
    """Return the keys whose tags are asked for again."""
    if task.bumped:
        return task.bumped.keys
    return frozenset() if task.refresh is None else select(task.refresh, digests)


def _cooled(
    project: ProjectFiles, order: LockRequest, old: Lockfile, registry: Registry
) -> CooldownRegistry | None:
    """Return what stands before *registry* if new digests have to wait."""
    age = project.config.cooldown
    if not age or not order.refresh:
        return None
    return CooldownRegistry(
        registry,
        old.images,
        project.sightings(),
        age=duration(age),
        now=datetime.now(UTC),
    )


def _settled(
    project: ProjectFiles,
    found: Sequence[Found],
    outcome: LockResult,
    bumped: Bumped | None,
) -> LockResult:
    """Return *outcome* with the pins that still are, and all that failed."""
    new = outcome.lockfile
    if not project.paths:
        new = replace(new, pins=still_pinned(found, new.pins))
    failures = {**(bumped.failures if bumped else {}), **outcome.failures}
    return replace(outcome, lockfile=new, failures=failures)


def _write(project: ProjectFiles, new: Lockfile | None, bumped: Bumped | None) -> None:
    """Write the files with other tags, and the lockfile if there is a new one."""
    for path, data in (bumped.files if bumped else {}).items():
        project.write(path, data)
    if new:
        project.save(new)


def _follow(
    project: ProjectFiles,
    found: Sequence[Found],
    new: Lockfile,
    task: Task,
    cooled: CooldownRegistry | None,
) -> None:
    """Write what follows the lock: what waits, and the digests that were pinned."""
    if cooled:
        project.save_sightings(cooled.sightings)
    if task.refresh is not None:
        _pin_again(project, found, new)


def _pin_again(project: ProjectFiles, found: Sequence[Found], new: Lockfile) -> None:
    """Let the digests in the files follow the lock, where `pin` wrote them."""
    if not new.pins:
        return
    from imagelock.cli.pinning import rewriting, texts  # noqa: PLC0415 - few need it
    from imagelock.commands.pin import Wish, pin  # noqa: PLC0415

    wish = Wish(keys=new.images, pinned_only=True)
    plan = pin(found, new, wish, texts(project))
    for path, data in rewriting(project, found, plan).new.items():
        project.write(path, data)


def _told(
    session: Session,
    project: ProjectFiles,
    outcome: LockResult,
    registry: Inspector,
    requests: int,
) -> LockResult:
    """Return *outcome* with what git and, for so many *requests*, registries know."""
    changes = outcome.changes
    if any(change.kind is ChangeKind.CONTENT for change in changes):
        changes = with_rollbacks(changes, project.earlier_digests())
    if requests and (count := sum(change.kind in MOVED for change in changes)):
        with progress(session, "Looking at what changed", count) as advance:
            changes = explain(changes, registry, requests, advance)
    return replace(outcome, changes=changes)


def _problems(project: ProjectFiles, reading: Scan) -> list[Finding]:
    """Return what the user must mend in the files."""
    findings = compare_files(reading.found, Lockfile(), whole=False)
    rules = {Rule.INVALID_REFERENCE, Rule.UNREADABLE_FILE}
    mendable = (finding for finding in findings if finding.rule in rules)
    return arranged(project, [*reading.file_findings, *mendable], reading.found)


def _files(task: Task) -> dict[Path, str]:
    """Return the files that *task* wants reports in; an error before any work."""
    if not task.reports:
        return {}
    from imagelock.cli.report_files import planned  # noqa: PLC0415 - few need it

    return planned(task.reports, changes=True)


def _exit(session: Session, outcome: LockResult, problems: Sequence[Finding]) -> None:
    for finding in problems:
        say = session.complain if finding.severity is Severity.ERROR else session.tell
        say(line(finding, Style()))
    complain(outcome.failures)
    if any(finding.severity is Severity.ERROR for finding in problems):
        raise typer.Exit(1)
    if outcome.failures:
        raise typer.Exit(RegistryError.exit_code)
