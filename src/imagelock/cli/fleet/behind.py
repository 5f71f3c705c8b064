"""`imagelock fleet behind`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.answers import required_answers
from imagelock.cli.fleet.options import (
    TABLE_FORMATS,
    DatabaseOption,
    Images,
    exit_code,
    format_option,
)
from imagelock.cli.format_names import TEXT
from imagelock.cli.options import AnswersFiles, MaxAge, Timeout
from imagelock.cli.session import Session
from imagelock.errors import RegistryError
from imagelock.fleet.behind import behind
from imagelock.fleet.database import DATABASE
from imagelock.registry.connect import DEFAULT_TIMEOUT
from imagelock.report import fleet_csv, fleet_json, fleet_matrix
from imagelock.report.fleet import format_behind_tags

if TYPE_CHECKING:
    from imagelock.fleet.behind import BehindResult

MATRIX: Final = "github-matrix"
_PRINTERS: Final = {
    "json": fleet_json.behind_tags,
    "csv": fleet_csv.behind_tags,
    MATRIX: fleet_matrix.github_matrix,
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
    output: Annotated[str, format_option((*TABLE_FORMATS, MATRIX))] = TEXT,
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
    given = required_answers(session, "fleet behind", answers or (), max_age)
    config = session.project(online=True).config
    result = behind(
        database, images or (), config, session, session.seconds(timeout), given
    )
    session.errors(result.failures, asked=result.asked)
    session.print(_printed(session, result, output))
    code = exit_code(
        session, result.unreadable, is_found=bool(result.tags), check=check
    )
    raise typer.Exit(RegistryError.exit_code if result.failures and not code else code)


def _printed(session: Session, result: BehindResult, output: str) -> str:
    if output in _PRINTERS:
        return _PRINTERS[output](result)
    everything = session.verbose > 0
    return format_behind_tags(result, style=session.style, everything=everything)
