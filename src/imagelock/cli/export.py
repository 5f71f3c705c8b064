"""`imagelock export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.completions import export_targets
from imagelock.cli.no_image import report_no_image
from imagelock.cli.options import Environment
from imagelock.cli.session import Session
from imagelock.commands.selection import unlocked_as_written
from imagelock.errors import UnreadableFileError, UsageError
from imagelock.export import find_target
from imagelock.export.request import build_request
from imagelock.project.boundary import path_from, read_inside
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from imagelock.export.target import Request


def export_command(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            autocompletion=export_targets,
            help="The tool to write for.",
        ),
    ],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            show_default=False,
            help="Export only the images of these files and directories.",
        ),
    ] = None,
    *,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            show_default=False,
            help="Write to a file instead of stdout.",
        ),
    ] = None,
    destination: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="REGISTRY",
            show_default=False,
            help="The registry to copy images to, optionally with a path.",
        ),
    ] = "",
    per_platform: Annotated[
        bool,
        typer.Option(
            "--declared-platforms",
            help="Export the manifests of the declared platforms, not whole indexes.",
        ),
    ] = False,
    allow_unlocked: Annotated[
        bool,
        typer.Option(
            "--allow-unlocked",
            help="Skip images that are not in the lockfile.",
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Do not write; exit with 1 if FILE of `--output` would change.",
        ),
    ] = False,
    environment: Environment = False,
) -> None:
    """Export the locked images for another tool.

    Prints a warning for everything that the tool cannot express.

    Exit codes: 0 done, 1 an image is not locked, or `--check` found a change,
    2 usage, configuration or an unusable lockfile.
    """
    session: Session = context.obj
    if check and output_file is None:
        raise UsageError(
            "`--check` needs `--output`",
            hint="name the file: `imagelock export TARGET --output FILE --check`",
        )
    project = session.project(paths or (), environment=environment)
    exporter = find_target(target, project.config.plugins.exports)
    request = build_request(project, destination=destination, per_platform=per_platform)
    if code := report_no_image(session, project, request.found):
        raise typer.Exit(code)
    if request.not_locked and not allow_unlocked:
        _report_unlocked(session, request)
        raise typer.Exit(1)
    exported = exporter.export(request)
    for warning in exported.warnings:
        session.notice(printable(f"warning: {warning}") + "\n")
    if output_file is None:
        typer.echo(exported.text, nl=False)
    elif check:
        raise typer.Exit(_check(session, project.root, output_file, exported.text))
    else:
        project.write_output(output_file, exported.text)


def _report_unlocked(session: Session, request: Request) -> None:
    missing = request.not_locked
    hidden = unlocked_as_written(request.found, request.lockfile.images)
    for key in missing:
        name = hidden.get(key) or key.familiar
        session.error(printable(f"error: `{name}` is not locked") + "\n")
    session.error(
        f"\nhint: run `imagelock lock` to lock {plural(len(missing), 'image')}\n"
    )


def _check(session: Session, root: Path, file: Path, text: str) -> int:
    """Return the exit code: 1, with an error, if *file* has not this *text*."""
    try:
        is_same = read_inside(root, path_from(root, file)) == text.encode()
    except UnreadableFileError:
        is_same = False
    if is_same:
        return 0
    name = printable(str(file))
    session.error(
        f"error: `{name}` would change, but `--check` was given\n\n"
        "hint: run it without `--check`\n"
    )
    return 1
