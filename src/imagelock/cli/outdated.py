"""`imagelock outdated`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.no_image import report_no_image
from imagelock.cli.options import (
    Environment,
    Format,
    Timeout,
    images_argument,
)
from imagelock.cli.session import Session
from imagelock.commands.bases import STALE, outdated_bases
from imagelock.commands.outdated import outdated
from imagelock.errors import RegistryError
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.report import as_json
from imagelock.report.bases import format_bases
from imagelock.report.outdated import format_updates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.project.project_files import ProjectFiles


def outdated_command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        images_argument("Images to check, by name or pattern; all by default."),
    ] = None,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 1 if an image has an update."),
    ] = False,
    bases: Annotated[
        bool,
        typer.Option(
            "--bases",
            help="Instead, show locked images whose base image has moved since they"
            " were built, as far as their publishers state it.",
        ),
    ] = False,
    output: Format = TEXT,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Show images with newer tags, and tags whose digest has moved.

    Only tags of the same form are newer: `1.27-alpine` is newer than
    `1.25-alpine`, but `1.27` and `v1.27-alpine` are not.

    Exit codes: 0 all registries answered, with or without updates, 1 `--check` found
    an update or a base that moved, 2 usage or configuration, 3 a registry did not answer.
    """
    session: Session = context.obj
    session.require_registries("outdated")
    project = session.project(environment=environment, online=True)
    if bases:
        code = _outdated_bases(
            session,
            project,
            images or (),
            output=output,
            check=check,
            timeout=timeout,
        )
        raise typer.Exit(code)
    result = outdated(project, images or (), session, timeout)
    if not (result.statuses or result.failures):
        _exit_without_images(session, project)
    if output == JSON:
        session.print(as_json.tag_updates(result))
    asked = len(result.statuses) + len(result.failures)
    session.errors(result.failures, asked=asked)
    if output != JSON and (result.statuses or not result.failures):
        if result.failures:
            session.error("\n")
        everything = session.verbose > 0
        session.print(
            format_updates(result.statuses, style=session.style, everything=everything)
        )
    if result.failures:
        raise typer.Exit(RegistryError.exit_code)
    if check and not all(status.is_current for status in result.statuses):
        raise typer.Exit(1)


def _exit_without_images(session: Session, project: ProjectFiles) -> None:
    """Exit with 1 if no file names an image; the files are read again for that."""
    if code := report_no_image(session, project):
        raise typer.Exit(code)


def _outdated_bases(
    session: Session,
    project: ProjectFiles,
    images: Sequence[str],
    *,
    output: str,
    check: bool,
    timeout: float,
) -> int:
    """Print the bases that moved, and return the exit code."""
    result = outdated_bases(project, images, session, timeout)
    if not (result.statuses or result.failures):
        _exit_without_images(session, project)
    if output == JSON:
        session.print(as_json.bases(result))
    else:
        everything = session.verbose > 0
        session.print(
            format_bases(result.statuses, style=session.style, everything=everything)
        )
    session.errors(result.failures, asked=len(result.failures))
    if result.failures:
        return RegistryError.exit_code
    return int(check and any(each.state in STALE for each in result.statuses))
