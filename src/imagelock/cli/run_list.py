"""What `imagelock list` does with the values of its options."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.cli.format_names import JSON
from imagelock.commands.list import explain_images, list_with_guesses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.cli.session import Session
    from imagelock.project.project_files import ProjectFiles


def run_list(
    session: Session, names: Sequence[str], *, output: str, environment: bool
) -> None:
    """Print the references in the files among *names*, or explain images."""
    paths = [Path(name) for name in names if os.path.lexists(name)]
    patterns = [name for name in names if not os.path.lexists(name)]
    project = session.project(paths, environment=environment)
    if patterns:
        _explain(session, project, patterns, output)
    else:
        _list(session, project, output)


def _explain(
    session: Session, project: ProjectFiles, patterns: Sequence[str], output: str
) -> None:
    explanations = explain_images(project, patterns)
    if output == JSON:
        from imagelock.report import as_json  # text needs none

        session.print(as_json.explanations(explanations))
        return
    from imagelock.report import explanation  # most runs explain nothing

    session.print(explanation.format_explanations(explanations, style=session.style))


def _list(session: Session, project: ProjectFiles, output: str) -> None:
    rows, guesses = list_with_guesses(project)
    if not rows:
        session.note_no_image(project)
    if output == JSON:
        from imagelock.report import as_json  # text needs none

        session.print(as_json.references(rows, guesses))
        return
    from imagelock.report import listing

    internal = session.verbose > 0
    session.print(
        listing.format_references(rows, style=session.style, internal=internal)
    )
    session.notice(listing.format_guesses(guesses))
