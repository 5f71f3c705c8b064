"""`imagelock list`."""

from __future__ import annotations

import typer

from imagelock.cli.options import Environment, Format, OutputFormat, Paths
from imagelock.cli.session import Session
from imagelock.lockfile.model import Lockfile
from imagelock.occurrence import Occurrence
from imagelock.report import as_json
from imagelock.report.listing import Row, text


def list_images(
    context: typer.Context,
    paths: Paths = None,
    *,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
) -> None:
    """Show every reference: where it is, what it is locked to, or why it is skipped."""
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    found = project.found()
    images = (project.lockfile() or Lockfile()).images
    rows = []
    for one in found:
        image = images.get(one.reference.key) if isinstance(one, Occurrence) else None
        rows.append(Row(one, image.digest if image else None))
    if output is OutputFormat.JSON:
        session.print(as_json.listing(rows))
    else:
        session.print(text(rows, style=session.style, internal=session.verbose > 0))
