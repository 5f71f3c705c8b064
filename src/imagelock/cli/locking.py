"""What `lock` and `update` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from imagelock.cli.connect import registries
from imagelock.cli.options import OutputFormat
from imagelock.cli.progress import progress
from imagelock.errors import RegistryError
from imagelock.finding import Rule, Severity
from imagelock.lock import Order, lock
from imagelock.lockfile.model import Lockfile
from imagelock.report import as_json, changes
from imagelock.report.findings import plural
from imagelock.report.style import printable
from imagelock.verify import arrange, compare_files
from imagelock.wanted import is_complete, select, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.cli.session import Session
    from imagelock.finding import Finding
    from imagelock.lock import Outcome
    from imagelock.occurrence import Found
    from imagelock.project import Project


def carry_out(
    session: Session,
    project: Project,
    *,
    refresh: Sequence[str] | None,
    write: bool,
    output: OutputFormat,
) -> Outcome:
    """Lock what the project names, report it, and write the lockfile if asked to.

    *refresh* are patterns of images to move; `None` moves none. Exits with 1 if
    a file cannot be read or names what cannot be an image, and with 3 if a
    registry did not answer; what could be locked is written all the same.
    """
    found = project.found()
    old = project.healed_lockfile() or Lockfile()
    digests = wanted(found)
    order = Order(
        wanted=digests,
        platforms=project.platforms,
        refresh=frozenset() if refresh is None else select(refresh, digests),
        keep_others=bool(project.paths) or not is_complete(found),
    )
    with (
        registries(project.config, session.tell) as registry,
        progress(session, "Asking registries", len(digests)) as advance,
    ):
        outcome = lock(order, old, registry, advance)
    has_lockfile = bool(old.images or outcome.lockfile.images)
    changed = write and has_lockfile and project.save(outcome.lockfile)
    _report(session, outcome, output, changed=changed, dry=not write)
    _exit(outcome, _problems(project, found))
    return outcome


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
    if dry and outcome.changes:
        session.print(f"{moved}; nothing was written\n")
    elif changed:
        session.print(f"{locked} locked, {moved}\n")
    else:
        session.print(f"{locked} locked, nothing changed\n")


def _exit(outcome: Outcome, problems: Sequence[Finding]) -> None:
    for finding in problems:
        place = f"{finding.path}"
        if finding.span:
            place += f":{finding.span.line}:{finding.span.column}"
        word = finding.severity.word
        typer.echo(
            printable(f"{place}: {word}: {finding.message} [{finding.rule.slug}]"),
            err=True,
        )
    for key, error in outcome.failures.items():
        typer.echo(printable(f"error: {key.familiar}: {error}"), err=True)
    for hint in dict.fromkeys(e.hint for e in outcome.failures.values() if e.hint):
        typer.echo(printable(f"hint: {hint}"), err=True)
    if any(finding.severity is Severity.ERROR for finding in problems):
        raise typer.Exit(1)
    if outcome.failures:
        raise typer.Exit(RegistryError.exit_code)
