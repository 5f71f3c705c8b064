"""What commands that lock, or compare locks, say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from imagelock.cli.options import ChangesFormat
from imagelock.lockfile.writer import write
from imagelock.report.changes import Changes, left_text, text
from imagelock.report.findings import plural
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imagelock.cli.session import Session
    from imagelock.commands.lock import LockResult
    from imagelock.errors import RegistryError
    from imagelock.model.reference import Reference


def report(
    session: Session,
    outcome: LockResult,
    output: ChangesFormat,
    files: Mapping[Path, str],
) -> None:
    """Print what changed, and write it to *files*, each in its format."""
    changes = Changes(
        changes=outcome.changes,
        left=outcome.left,
        failures=outcome.failures,
        lockfile=write(outcome.lockfile),
    )
    if files:
        from imagelock.cli.report_files import write_changes  # noqa: PLC0415

        write_changes(dict(files), changes)
    print_changes(session, changes, output)


def conclude(
    session: Session, outcome: LockResult, *, changed: bool, dry: bool
) -> None:
    """Print how many images are locked now.

    *changed* tells whether the lockfile on disk is another one, *dry* whether it
    was left alone all the same.
    """
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
    elif not outcome.changes:
        session.print(f"{locked} locked, the lockfile is written anew\n")
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


def complain(failures: Mapping[Reference, RegistryError]) -> None:
    """Write what failed to stderr, and each way out once."""
    for error in failures.values():
        typer.echo(printable(f"error: {error}"), err=True)
    for hint in dict.fromkeys(e.hint for e in failures.values() if e.hint):
        typer.echo(printable(f"hint: {hint}"), err=True)
