"""`imagelock list`."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import Annotated

import typer

from imagelock.cli.options import JSON, TEXT, Environment, Format
from imagelock.cli.session import Session
from imagelock.commands.list import explain_images, list_with_guesses
from imagelock.report import as_json, explanation, listing


def list_command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH_OR_IMAGE",
            show_default=False,
            help="Files and directories to read, the whole project by default; or"
            " images to explain, by name or pattern.",
        ),
    ] = None,
    *,
    output: Format = TEXT,
    environment: Environment = False,
) -> None:
    """List every image reference, with its locked digest or why it is skipped.

    With an image, shows its lockfile entry, every use, the variables in its
    reference, and the setting that holds it back. An existing path is never taken
    for an image; to name an image `nginx` next to a file `nginx`, add the tag:
    `nginx:latest`.

    Exit codes: 0 done, with or without skipped references, 2 usage,
    configuration, an unusable lockfile, or an unknown image.
    """
    session: Session = context.obj
    paths = [Path(name) for name in names or () if os.path.lexists(name)]
    patterns = [name for name in names or () if not os.path.lexists(name)]
    project = session.project(paths, environment=environment)
    if patterns:
        explanations = explain_images(project, patterns)
        if output == JSON:
            session.print(as_json.explanations(explanations))
        else:
            session.print(
                explanation.format_explanations(explanations, style=session.style)
            )
        return
    rows, guesses = list_with_guesses(project)
    if not rows:
        session.note_no_image(project)
    if output == JSON:
        session.print(as_json.references(rows, guesses))
    else:
        internal = session.verbose > 0
        session.print(
            listing.format_references(rows, style=session.style, internal=internal)
        )
        session.notice(listing.format_guesses(guesses))
