"""`imagelock list`."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import Environment, Format, OutputFormat
from imagelock.cli.session import Session
from imagelock.errors import ConfigurationError, InvalidReferenceError
from imagelock.lockfile.model import Lockfile
from imagelock.model.image_pattern import matches_image
from imagelock.model.occurrence import Occurrence
from imagelock.model.reference import Reference
from imagelock.report import as_json
from imagelock.report.explanation import Explanation
from imagelock.report.explanation import text as explained
from imagelock.report.listing import Row, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles


def command(
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
    images = (project.lockfile() or Lockfile()).images
    rows = [_row(one, project, images) for one in project.found()]
    if patterns:
        _explain(session, rows, images, patterns, output)
    elif output is OutputFormat.JSON:
        session.print(as_json.listing(rows))
    else:
        session.print(text(rows, style=session.style, internal=session.verbose > 0))


def _row(found: Found, project: ProjectFiles, images: Mapping[Reference, Image]) -> Row:
    if not isinstance(found, Occurrence):
        return Row(found, None)
    key = found.reference.key
    return Row(found, images.get(key), project.image_rules.holding(key))


def _explain(
    session: Session,
    rows: Sequence[Row],
    images: Mapping[Reference, Image],
    patterns: Sequence[str],
    output: OutputFormat,
) -> None:
    """Print what is known of the images that *patterns* mean."""
    by_key: dict[Reference, list[Row]] = {key: [] for key in images}
    for row in rows:
        if (key := _key(row.found)) is not None:
            by_key.setdefault(key, []).append(row)
    chosen = sorted(
        {key for pattern in patterns for key in _chosen(pattern, by_key)}, key=str
    )
    if output is OutputFormat.JSON:
        entries = [images[key] for key in chosen if key in images]
        kept = [row for row in rows if _key(row.found) in chosen]
        session.print(as_json.listing(kept, entries))
        return
    blocks = [
        Explanation(key=key, image=images.get(key), rows=by_key[key]) for key in chosen
    ]
    session.print(explained(blocks, style=session.style))


def _key(found: Found) -> Reference | None:
    """Return the image that *found* is, or is written as."""
    if isinstance(found, Occurrence):
        return found.reference.key
    try:
        return Reference.parse(found.place.text).key
    except InvalidReferenceError:
        return None


def _chosen(pattern: str, keys: Mapping[Reference, object]) -> list[Reference]:
    try:
        chosen = [key for key in keys if matches_image(pattern, key)]
    except InvalidReferenceError:
        chosen = []
    if not chosen:
        raise ConfigurationError(
            f"`{pattern}` is no file or folder, and no image of this project",
            hint="`imagelock list` shows them all",
        )
    return chosen
