"""`imagelock pin`."""

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
from imagelock.commands.pin import pin as plan_pins
from imagelock.commands.selection import select, wanted
from imagelock.lockfile.model import Lockfile

if TYPE_CHECKING:
    from imagelock.commands.pin import Plan


def command(
    context: typer.Context,
    paths: Paths = None,
    *,
    images: Images = None,
    variables: Annotated[
        bool,
        typer.Option(
            "--variables",
            envvar="IMAGELOCK_VARIABLES",
            help="Pin what variables decide, too: they decide nothing any more then.",
        ),
    ] = False,
    check: Check = False,
    diff: Diff = False,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
) -> None:
    """Write the locked digests into the files, beside the tags.

    Every other byte stays as it is, and `unpin` takes them out again. `update`
    moves them with the lock.

    Exit codes: 0 done, 1 an image is not locked, or `--check` found a change,
    2 usage, configuration or an unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    found = project.found()
    lockfile = project.lockfile() or Lockfile()
    keys = select(images or (), wanted(found))
    wish = Wish(keys=keys, variables=variables)
    plan = plan_pins(found, lockfile, wish, texts(project))
    result = rewriting(project, found, plan)
    write = not (check or diff)
    if write and result.plan.moves:
        # First: a pin of which the file knows nothing is forgotten by itself.
        project.save(_with_pins(lockfile, result.plan))
    carry_out(
        session, project, result, write=write, diff=diff, output=output, done="pinned"
    )
    end(session, result.plan, check=check)


def _with_pins(lockfile: Lockfile, plan: Plan) -> Lockfile:
    pins = {key: {*places} for key, places in lockfile.pins.items()}
    for move in plan.moves:
        pins.setdefault(move.reference.key, set()).add(move.pin)
    return replace(lockfile, pins={key: tuple(some) for key, some in pins.items()})
