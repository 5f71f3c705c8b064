"""`imagelock fleet collect`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import (
    Scheduler,
    ShardOption,
    database_output,
    shard_of,
    workers,
)
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.options import Format
from imagelock.cli.session import Session
from imagelock.errors import RegistryError, UsageError
from imagelock.fleet.collect import JOBS, CollectOptions, collect
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.repositories.source_content import STDIN
from imagelock.report.fleet import as_json
from imagelock.report.fleet.as_text import failure_lines, format_collected


def collect_command(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            show_default=False,
            help="A folder with repositories in and below it, an address that Git can"
            " fetch from, or a file with a line `[NAME<TAB>]PATH-OR-ADDRESS` for each"
            " repository; `-` for such lines on stdin.",
        ),
    ],
    *,
    database: Annotated[
        Path,
        database_output("The database to write, or to bring up to date."),
    ] = Path(DATABASE),
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Delete repositories from the database that SOURCE no longer has.",
        ),
    ] = False,
    shard: ShardOption = None,
    jobs: Annotated[
        int,
        typer.Option(
            "-j",
            "--jobs",
            min=1,
            help="Repositories to read at a time. A cluster reads at least as many as"
            " its workers have threads.",
        ),
    ] = JOBS,
    scheduler: Scheduler = None,
    output: Format = TEXT,
) -> None:
    """Read the `images.lock` of many repositories into a database.

    Git reads the commit that each repository is at; of repositories elsewhere, it
    fetches the lockfiles alone, with its own credentials. What has not changed is not
    read again, and an interrupted run goes on where it ended.

    Exit codes: 0 done, 2 usage, or a line of a list is not valid, 3 a repository or a
    lockfile could not be read.
    """
    session: Session = context.obj
    stdin = sys.stdin.read() if STDIN in sources else ""
    with workers(scheduler, jobs) as (executor, tasks):
        options = CollectOptions(
            database=database,
            prune=prune,
            shard=shard_of(shard),
            jobs=tasks,
            executor=executor,
        )
        result = collect(sources, session, options, stdin)
    if output == JSON:
        session.print(as_json.collected(result))
    else:
        session.print(format_collected(result, pruned=prune))
    for line in failure_lines(result, everything=session.verbose > 0):
        session.error(f"{line}\n")
    if result.bad_lines:
        raise typer.Exit(UsageError.exit_code)
    if result.unreadable:
        raise typer.Exit(RegistryError.exit_code)
