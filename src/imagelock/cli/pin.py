"""`imagelock pin` and `imagelock unpin`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.completions import locked_images
from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.no_image import report_no_image
from imagelock.cli.options import Environment, Format, Paths
from imagelock.cli.output import report_unchanged
from imagelock.cli.session import Session
from imagelock.commands.editing.edit_plan import Obstacle
from imagelock.commands.editing.pin import pin, unpin
from imagelock.report import as_json, edits
from imagelock.report.style import plural

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.project.project_files import ProjectFiles

Images = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        metavar="IMAGE",
        autocompletion=locked_images,
        show_default=False,
        help="Only these images, by name or pattern; can be repeated.",
    ),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Do not write; exit with 1 if a file would change.",
    ),
]
Diff = Annotated[
    bool,
    typer.Option(
        "--diff",
        "--dry-run",
        help="Do not write; print the changes as a unified diff.",
    ),
]


def pin_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    images: Images = None,
    variables: Annotated[
        bool,
        typer.Option(
            "--variables",
            help="Also pin references with variables; the variables then have no effect.",
        ),
    ] = False,
    check: Check = False,
    diff: Diff = False,
    output: Format = TEXT,
    environment: Environment = False,
) -> None:
    """Add the locked digests to the image references in files.

    Tags and formatting are preserved. `update` also updates the digests in files,
    and `unpin` removes them.

    Exit codes: 0 done, 1 an image is not locked, or `--check` found a change,
    2 usage, configuration or an unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    write = not (check or diff)
    rewrite = pin(project, session, images or (), variables=variables, write=write)
    _exit_without_images(session, project, rewrite)
    _print(session, rewrite, "pinned", output, diff=diff)
    _exit_on_problems(session, rewrite, project.root, check=check)


def unpin_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    images: Images = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Also remove digests that `pin` did not add.",
        ),
    ] = False,
    check: Check = False,
    diff: Diff = False,
    output: Format = TEXT,
    environment: Environment = False,
) -> None:
    """Remove the digests that `pin` added to files.

    Restores the files byte for byte.

    Exit codes: 0 done, 1 `--check` found a change, 2 usage, configuration or an
    unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    write = not (check or diff)
    rewrite = unpin(project, session, images or (), everything=everything, write=write)
    _exit_without_images(session, project, rewrite)
    _print(session, rewrite, "unpinned", output, diff=diff)
    if check and rewrite.forgotten and not rewrite.plan.planned:
        session.error("error: `images.lock` would change, but `--check` was given\n")
        raise typer.Exit(1)
    _exit_on_problems(session, rewrite, project.root, check=check)


def _exit_without_images(
    session: Session, project: ProjectFiles, rewrite: Rewrite
) -> None:
    """Exit with 1 if nothing was done because no file names an image."""
    plan = rewrite.plan
    # The files are read again, so only where there was nothing to do.
    if plan.planned or plan.unchanged:
        return
    if code := report_no_image(session, project):
        raise typer.Exit(code)


def _print(
    session: Session, rewrite: Rewrite, done: str, output: str, *, diff: bool
) -> None:
    """Print the edits; *done* is their status, such as `pinned`."""
    if diff:
        session.print(edits.format_diff(rewrite))
    elif output == JSON:
        session.print(as_json.edited_places(rewrite.plan, done))
    else:
        session.print(edits.format_plan(rewrite.plan, done, style=session.style))
        session.print(edits.format_forgotten(rewrite.forgotten))


def _exit_on_problems(
    session: Session, rewrite: Rewrite, root: Path, *, check: bool
) -> None:
    """Exit with 1 if an edit was not possible, or `--check` found a change."""
    plan = rewrite.plan
    report_unchanged(session, rewrite, root)
    if check and plan.planned:
        session.error(
            f"error: {plural(len(plan.planned), 'reference')} would change,"
            " but `--check` was given\n"
        )
    obstacles = [unchanged.obstacle for unchanged in plan.unchanged]
    if unlocked := obstacles.count(Obstacle.NOT_LOCKED):
        session.error(
            f"error: {plural(unlocked, 'reference')} not in the lockfile\n\n"
            "hint: run `imagelock lock`\n"
        )
    if plan.has_problems or (check and plan.planned):
        raise typer.Exit(1)
