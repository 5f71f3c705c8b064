"""`imagelock verify`: its options."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.format_names import TEXT
from imagelock.cli.options import (
    All,
    AnswersFiles,
    Environment,
    FormatOfFindings,
    MaxAge,
    Paths,
    Reports,
    Timeout,
)
from imagelock.cli.run_verify import run_verify
from imagelock.model.finding import Severity
from imagelock.registry import DEFAULT_TIMEOUT


class FailOn(StrEnum):
    """The lowest severity that makes `verify` fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def verify_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Also ask registries for the manifest of each platform, which may be"
            " gone although its tag has not moved.",
        ),
    ] = False,
    signatures: Annotated[
        bool,
        typer.Option(
            "--signatures",
            help="Also verify who signed the locked images, and compare it with the"
            " lockfile and the settings.",
        ),
    ] = False,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            metavar="SEVERITY[error|warning|note]",
            envvar="IMAGELOCK_FAIL_ON",
            help="Exit with 1 on findings of this severity or higher.",
        ),
    ] = FailOn.ERROR,
    output: FormatOfFindings = TEXT,
    running: Annotated[
        Path | None,
        typer.Option(
            "--running",
            metavar="FILE",
            allow_dash=True,
            show_default=False,
            help="Compare running containers with the lockfile instead: the JSON of"
            " `kubectl get pods`, `docker inspect` or `docker compose ps`.",
        ),
    ] = None,
    all_projects: All = False,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    answers: AnswersFiles = None,
    max_age: MaxAge = None,
) -> None:
    """Check the files and the registries against the lockfile.

    With `--offline`, only the files are compared, as before every commit; with
    `--answers`, too, what registries answered before.

    Exit codes: 0 they agree, 1 they do not, 2 usage, configuration or an unusable
    lockfile, 3 a registry did not answer and nothing worse was found.
    """
    code = run_verify(
        context.obj,
        paths or (),
        fail_on=Severity[fail_on.name],
        output=output,
        report=report or (),
        environment=environment,
        timeout=timeout,
        answers=answers or (),
        max_age=max_age,
        deep=deep,
        signatures=signatures,
        all_projects=all_projects,
        running=running,
    )
    raise typer.Exit(code)
