"""`imagelock report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.options import Environment, Timeout
from imagelock.cli.session import Session
from imagelock.commands.report import report
from imagelock.errors import UsageError, reason
from imagelock.project.boundary import path_from, write_inside
from imagelock.registry.connect import DEFAULT_TIMEOUT
from imagelock.report.page.page import page
from imagelock.report.style import plural, printable


def report_command(
    context: typer.Context,
    *,
    output_file: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file to write.",
        ),
    ] = Path("report.html"),
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Write a page about all images: where they are used, and how they moved.

    The page is a single HTML file that loads nothing from anywhere. With `--offline`,
    it does not say whether tags have moved.

    Exit codes: 0 done, with or without findings, 2 usage, configuration or an
    unusable lockfile, 3 a registry did not answer.
    """
    session: Session = context.obj
    project = session.project(environment=environment, online=True)
    result = report(project, session, None if session.offline else timeout)
    try:
        path = path_from(project.root, output_file)
        write_inside(project.root, path, page(result).encode())
    except OSError as error:
        message = f"`{output_file}` cannot be written: {reason(error)}"
        raise UsageError(message) from error
    session.print(
        f"{printable(str(output_file))}: {plural(len(result.images), 'image')},"
        f" {plural(len(result.verdict.findings), 'finding')}\n"
    )
    if result.verdict.could_not_check:
        count = plural(result.verdict.could_not_check, "image")
        session.notice(f"note: {count} could not be checked\n")
        raise typer.Exit(3)
