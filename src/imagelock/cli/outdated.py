"""`imagelock outdated`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.completions import locked_images
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.options import (
    Environment,
    Format,
    Timeout,
)
from imagelock.cli.session import Session
from imagelock.commands.outdated import outdated
from imagelock.errors import RegistryError
from imagelock.registry.connect import DEFAULT_TIMEOUT
from imagelock.report import as_json
from imagelock.report.outdated import format_updates


def outdated_command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            autocompletion=locked_images,
            show_default=False,
            help="Images to check, by name or pattern; all by default.",
        ),
    ] = None,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 1 if an image has an update."),
    ] = False,
    output: Format = TEXT,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Show images with newer tags, and tags whose digest has moved.

    Only tags of the same form are newer: `1.27-alpine` is newer than
    `1.25-alpine`, but `1.27` and `v1.27-alpine` are not.

    Exit codes: 0 all registries answered, with or without updates, 1 `--check` found
    an update, 2 usage or configuration, 3 a registry did not answer.
    """
    session: Session = context.obj
    session.require_registries("outdated")
    project = session.project(environment=environment, online=True)
    result = outdated(project, images or (), session, timeout)
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
