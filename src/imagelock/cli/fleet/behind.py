"""`imagelock fleet behind`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.fleet.options import (
    TABLE_FORMATS,
    DatabaseOption,
    Images,
    exit_code,
    format_option,
)
from imagelock.cli.format_names import TEXT
from imagelock.cli.options import AnswersFiles, MaxAge, Timeout, group_option
from imagelock.cli.session import Session
from imagelock.errors import RegistryError
from imagelock.fleet.behind import behind
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.input_lines import read_lines
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.report.fleet import as_csv, as_jobs, as_json
from imagelock.report.fleet.as_text import format_behind_tags, left_for_later

if TYPE_CHECKING:
    from imagelock.fleet.behind import BehindResult

MATRIX: Final = "github-matrix"
PIPELINE: Final = "gitlab"
_PRINTERS: Final = {
    "json": as_json.behind_tags,
    "csv": as_csv.behind_tags,
    MATRIX: as_jobs.github_matrix,
    PIPELINE: as_jobs.gitlab_pipeline,
}


def behind_command(
    context: typer.Context,
    images: Images = None,
    *,
    database: DatabaseOption = Path(DATABASE),
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 1 if a tag has moved."),
    ] = False,
    output: Annotated[str, format_option((*TABLE_FORMATS, MATRIX, PIPELINE))] = TEXT,
    group: Annotated[
        str | None,
        group_option("Only tags of this `[[update.group]]` of the settings."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=0,
            show_default=False,
            help="Update at most this many repositories; the others are left to a later"
            " run, and are reported.",
        ),
    ] = None,
    opened: Annotated[
        str | None,
        typer.Option(
            "--open",
            metavar="FILE",
            show_default=False,
            help="Repositories that have an open request, a line each, `-` for stdin:"
            " they are updated again, and count for `--limit`.",
        ),
    ] = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    answers: AnswersFiles = None,
    max_age: MaxAge = None,
) -> None:
    """Show which repositories lock tags that have moved since.

    Each tag is asked for once, however many repositories lock it. Registries are
    reached as the settings of the current folder say.

    Exit codes: 0 all registries answered, with or without such tags, 1 `--check` found
    one, 2 usage or configuration, 3 a registry did not answer, or a repository could not
    be read, and may be missing.
    """
    session: Session = context.obj
    given = session.required_answers("fleet behind", answers or (), max_age)
    config = session.project(online=True).config
    names = read_lines(opened, sys.stdin) if opened else ()
    result = behind(
        database,
        images or (),
        config,
        session,
        session.seconds(timeout),
        given,
        group=group,
    ).limited(limit, names)
    session.errors(result.failures, asked=result.asked)
    session.print(_printed(session, result, output))
    if result.left:
        session.notice(f"note: {left_for_later(result)}\n")
    code = exit_code(
        session, result.unreadable, is_found=bool(result.tags), check=check
    )
    raise typer.Exit(RegistryError.exit_code if result.failures and not code else code)


def _printed(session: Session, result: BehindResult, output: str) -> str:
    if output in _PRINTERS:
        return _PRINTERS[output](result)
    everything = session.verbose > 0
    return format_behind_tags(result, style=session.style, everything=everything)
