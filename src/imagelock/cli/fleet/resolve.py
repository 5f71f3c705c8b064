"""`imagelock fleet resolve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.answers import duration_of
from imagelock.cli.fleet.options import (
    DatabaseOption,
    Images,
    Scheduler,
    exit_code,
    shard_of,
    shard_option,
    workers,
)
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.options import Format, Timeout
from imagelock.cli.session import Session
from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.resolve import ResolveOptions, resolve
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.report.fleet import as_json
from imagelock.report.fleet.as_text import format_resolved


def resolve_command(
    context: typer.Context,
    images: Images = None,
    *,
    answers: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The answers to write. Those that it has already stay where this run"
            " gets none, and tags that it has no answer for are asked for first.",
        ),
    ] = Path("answers.json"),
    database: DatabaseOption = Path(DATABASE),
    shard: Annotated[str | None, shard_option("tags", "references")] = None,
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age",
            metavar="DURATION",
            show_default=False,
            help="Keep answers in FILE that are at most this old, such as `1h`; by"
            " default, every tag is asked for again.",
        ),
    ] = None,
    scheduler: Scheduler = None,
    output: Format = TEXT,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Ask registries for every locked tag once, and write their answers to a file.

    `lock`, `verify` and `update` take the file with `--answers`, and ask only for what it
    does not have. Of tags that have moved, the file has what a lockfile needs to know.
    Registries are reached as the settings of the current folder say.

    Exit codes: 0 every tag was answered for, 2 usage or configuration, 3 a registry did
    not answer, or a repository could not be read, and its tags may be missing.
    """
    session: Session = context.obj
    session.require_registries("fleet resolve")
    config = session.project(online=True).config
    options = ResolveOptions(
        images=images or (),
        shard=shard_of(shard),
        max_age=None if max_age is None else duration_of(max_age),
        timeout=timeout,
    )
    with workers(scheduler, options.jobs) as (executor, jobs):
        options = replace(options, executor=executor, jobs=jobs)
        result = resolve(database, answers, config, session, options)
    session.errors(result.failures, asked=result.asked)
    if output == JSON:
        session.print(as_json.resolved(result))
    else:
        everything = session.verbose > 0
        session.print(
            format_resolved(result, style=session.style, everything=everything)
        )
    code = exit_code(session, result.unreadable, is_found=False)
    raise typer.Exit(RegistryError.exit_code if result.failures else code)
