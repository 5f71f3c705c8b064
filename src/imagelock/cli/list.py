"""`imagelock list`."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.options import Environment, Format, OutputFormat
from imagelock.cli.session import Session
from imagelock.commands.list import explain_images, list_references
from imagelock.report import as_json, explanation, listing


def list_command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH_OR_IMAGE",
            show_default=False,
            help="Files and folders to read, instead of all of the project; or images"
            " to explain, in any spelling or as a pattern.",
        ),
    ] = None,
    *,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
) -> None:
    """Show every reference: where it is, what it is locked to, or why it is skipped.

    With an image: why it is locked, with every place that names it, the variables
    that decided it, its entry in the lock, and what holds it back. What is a file
    or folder is not taken for an image; `nginx:latest` is one in any case.

    Exit codes: 0 done, whatever is skipped, 2 usage, configuration, an unusable
    lockfile, or no such image.
    """
    session: Session = context.obj
    paths = [Path(name) for name in names or () if os.path.lexists(name)]
    patterns = [name for name in names or () if not os.path.lexists(name)]
    project = session.project(paths, environment=environment)
    if patterns:
        explanations = explain_images(project, patterns)
        if output is OutputFormat.JSON:
            session.print(as_json.explanations(explanations))
        else:
            session.print(
                explanation.format_explanations(explanations, style=session.style)
            )
        return
    rows = list_references(project)
    if output is OutputFormat.JSON:
        session.print(as_json.references(rows))
    else:
        internal = session.verbose > 0
        session.print(
            listing.format_references(rows, style=session.style, internal=internal)
        )
