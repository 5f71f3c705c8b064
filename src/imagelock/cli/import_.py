"""`imagelock import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import Check, DryRun, Environment
from imagelock.cli.output import refuse_change
from imagelock.cli.session import Session
from imagelock.commands.import_digests import import_files
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from imagelock.commands.import_digests import ImportResult


def import_command(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="A lockfile of another tool, or a file with pinned digests.",
        ),
    ],
    *,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the digests of images that are already locked.",
        ),
    ] = False,
    dry_run: DryRun = False,
    check: Check = False,
    environment: Environment = False,
) -> None:
    """Import digests from the lockfile of another tool, without network access.

    Supports `docker-lock.json`, `imgpin.lock`, `ImagesLock`, Compose overrides
    with digests, and all other files with pinned digests. The next `lock`
    completes the entries and keeps their digests.

    Exit codes: 0 done, 1 a digest of an image in use was not imported, or `--check`
    found a change, 2 usage, configuration, or a file that cannot be read.
    """
    session: Session = context.obj
    project = session.project(environment=environment)
    write = not (check or dry_run)
    result = import_files(project, files, session, overwrite=overwrite, write=write)
    _print(session, result, written=write)
    code = 1 if result.kept or result.ambiguous else 0
    if check and result.added:
        code = refuse_change(session, "imagelock import")
    raise typer.Exit(code)


def _print(session: Session, result: ImportResult, *, written: bool) -> None:
    for image in result.added:
        short = image.digest.abbreviated
        session.print(printable(f"+ {image.reference.familiar}  {short}") + "\n")
    for digest in result.kept:
        name = printable(digest.reference.familiar)
        session.error(
            f"error: `{name}` is locked to another digest; use `--overwrite` to"
            " replace it\n"
        )
    for digest in result.ambiguous:
        name = printable(digest.reference.name)
        session.error(
            f"error: `{name}` is used with several tags, and the file does not"
            " specify which\n"
        )
    for digest in result.unused if session.verbose else ():
        name = printable(digest.reference.familiar)
        session.notice(f"note: `{name}` is not used by any file\n")
    already = f"; {len(result.known)} already locked" if result.known else ""
    unused = f"; {len(result.unused)} not used by any file" if result.unused else ""
    done = "imported" if written else "would import"
    session.print(f"{done} {plural(len(result.added), 'digest')}{already}{unused}\n")
