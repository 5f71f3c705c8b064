"""`imagelock merge-driver`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.session import Session
from imagelock.commands.merge_driver import install as install_driver
from imagelock.commands.merge_driver import merge_files
from imagelock.errors import LockfileError, UsageError
from imagelock.project import git
from imagelock.report.style import printable

_FILES = 3


def merge_driver_command(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="The arguments from Git: the base, our version, which is overwritten"
            " with the result, their version, and the path in the repository.",
        ),
    ] = None,
    *,
    install: Annotated[
        bool,
        typer.Option(
            "--install",
            help="Configure this clone to merge `images.lock` with this command.",
        ),
    ] = False,
) -> None:
    """Merge the lockfile entry by entry, as a Git merge driver.

    Entries that only one side changed merge cleanly. An entry that both sides
    changed is written with conflict markers, and `imagelock lock` resolves it
    again.

    Exit codes: 0 merged, 1 there are conflicts, 2 usage.
    """
    session: Session = context.obj
    if install:
        changes = list(install_driver(session.folder.absolute()))
        session.print("".join(f"{line}\n" for line in changes) or "nothing to do\n")
        return
    if files is None or len(files) not in {_FILES, _FILES + 1}:
        raise UsageError(
            "Git calls this command with three files and a path",
            hint="run `imagelock merge-driver --install` once to configure Git",
        )
    name = str(files[_FILES] if len(files) > _FILES else files[1])
    raise typer.Exit(0 if _is_merged(session, files, name) else 1)


def _is_merged(session: Session, files: list[Path], name: str) -> bool:
    base, ours, theirs = files[:_FILES]
    try:
        merged = merge_files(base, ours, theirs)
    except LockfileError as error:
        session.notice(
            f"{printable(name)}: {printable(str(error))}; merged line by line instead\n"
        )
        return git.merge_text(ours, base, theirs)
    for key in merged.conflicts:
        session.notice(
            f"{printable(name)}: both sides changed `{printable(key.familiar)}`\n"
        )
    if merged.unknown:
        platforms = ", ".join(map(str, merged.unknown))
        session.notice(f"{printable(name)}: some entries lack {platforms}\n")
    if merged.conflicts or merged.unknown:
        session.notice("hint: run `imagelock lock` after merging the other files\n")
    return not merged.conflicts
