"""`imagelock fleet report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.fleet.options import DatabaseOption, exit_code
from imagelock.cli.options import AnswersFiles, MaxAge, Timeout
from imagelock.cli.session import Session
from imagelock.errors import RegistryError, UsageError, convert_write_errors
from imagelock.fleet.behind import behind as find_behind
from imagelock.fleet.database.connection import DATABASE
from imagelock.fleet.report import report_fleet
from imagelock.project.atomic_write import write_atomically
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.report.fleet.as_text import repositories
from imagelock.report.page.fleet import fleet_page
from imagelock.report.style import printable


def report_command(
    context: typer.Context,
    *,
    output_file: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="The file to write."),
    ] = Path("fleet.html"),
    database: DatabaseOption = Path(DATABASE),
    behind: Annotated[
        bool,
        typer.Option(
            "--behind",
            help="Also show which tags have moved, as `fleet behind` does. With"
            " `--answers`, that is always so.",
        ),
    ] = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    answers: AnswersFiles = None,
    max_age: MaxAge = None,
) -> None:
    """Write a page about all repositories: what they lock, and what is wrong with it.

    The page is a single HTML file that loads nothing from anywhere. It has what
    `fleet collect` read and `fleet scan` found; which vulnerabilities count is up to the
    settings of the current folder.

    Exit codes: 0 done, 2 usage or configuration, 3 a repository could not be read, or a
    registry did not answer, as the page says.
    """
    session: Session = context.obj
    config = session.project(online=True).config
    moved = None
    if behind or answers:
        given = session.required_answers("fleet report", answers or (), max_age)
        seconds = session.seconds(timeout)
        moved = find_behind(database, (), config, session, seconds, given)
        session.errors(moved.failures, asked=moved.asked)
    result = report_fleet(database, config.scan, moved)
    with convert_write_errors(output_file, UsageError):
        write_atomically(output_file, fleet_page(result).encode())
    count = repositories(len(result.repositories))
    session.print(f"{printable(str(output_file))}: {count}\n")
    code = exit_code(session, result.statistics.unreadable, is_found=False)
    failed = moved is not None and bool(moved.failures)
    raise typer.Exit(code or (RegistryError.exit_code if failed else 0))
