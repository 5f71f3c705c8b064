"""`imagelock unpin`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import Environment, Format, OutputFormat, Paths
from imagelock.cli.pinning import (
    Check,
    Diff,
    Images,
    carry_out,
    end,
    rewriting,
    texts,
)
from imagelock.cli.session import Session
from imagelock.commands.pin import Wish
from imagelock.commands.pin import unpin as plan_removal
from imagelock.commands.selection import select, wanted
from imagelock.lockfile.model import Lockfile

if TYPE_CHECKING:
    from imagelock.commands.pin import Plan


def command(
    context: typer.Context,
    paths: Paths = None,
    *,
    images: Images = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            envvar="IMAGELOCK_ALL",
            help="Take out digests that imagelock did not write, too.",
        ),
    ] = False,
    check: Check = False,
    diff: Diff = False,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
) -> None:
    """Take the digests out of the files again that `pin` wrote.

    The files are then, to the byte, as `pin` found them.

    Exit codes: 0 done, 1 `--check` found a change, 2 usage, configuration or an
    unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    found = project.found()
    lockfile = project.lockfile() or Lockfile()
    keys = select(images or (), wanted(found))
    wish = Wish(keys=keys, chosen=everything)
    plan = plan_removal(found, lockfile, wish, texts(project))
    result = rewriting(project, found, plan)
    write = not (check or diff)
    carry_out(
        session, project, result, write=write, diff=diff, output=output, done="unpinned"
    )
    if write and result.plan.moves and lockfile.images:
        project.save(_without_pins(lockfile, result.plan))
    end(session, result.plan, check=check)


def _without_pins(lockfile: Lockfile, plan: Plan) -> Lockfile:
    gone = {(move.reference.key, move.pin) for move in plan.moves}
    pins = {
        key: tuple(pin for pin in places if (key, pin) not in gone)
        for key, places in lockfile.pins.items()
    }
    return replace(lockfile, pins=pins)
