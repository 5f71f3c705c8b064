"""`imagelock list`: its options."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.format_names import TEXT
from imagelock.cli.options import All, Environment, Format
from imagelock.cli.run_list import run_list
from imagelock.commands.list import STATUSES
from imagelock.commands.list_groups import GROUPINGS


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
    bases: Annotated[
        bool,
        typer.Option(
            "--bases",
            help="For images: also ask registries on what they are built.",
        ),
    ] = False,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="Show a table with each image once, and count what is skipped.",
        ),
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar=f"WHAT[{'|'.join(GROUPINGS)}]",
            autocompletion=lambda: list(GROUPINGS),
            show_default=False,
            help="Show a table with the number of references of each format, image or"
            " registry.",
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar=f"STATUS[{'|'.join(STATUSES)}]",
            autocompletion=lambda: list(STATUSES),
            show_default=False,
            help="Only references with this status; can be repeated.",
        ),
    ] = None,
    all_projects: All = False,
    output: Format = TEXT,
    environment: Environment = False,
) -> None:
    """List every image reference, with its locked digest or why it is skipped.

    With an image, shows its lockfile entry, every use, the variables in its
    reference, and the setting that holds it back. An existing path is never taken
    for an image; to name an image `nginx` next to a file `nginx`, add the tag:
    `nginx:latest`.

    Exit codes: 0 done, with or without skipped references, 2 usage,
    configuration, an unusable lockfile, or an unknown image, 3 a registry did not
    answer for `--bases`.
    """
    code = run_list(
        context.obj,
        names or (),
        output=output,
        environment=environment,
        bases=bases,
        summary=summary,
        by=by,
        all_projects=all_projects,
        statuses=status or (),
    )
    raise typer.Exit(code)
