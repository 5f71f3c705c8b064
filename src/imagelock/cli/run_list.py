"""What `imagelock list` does with the values of its options."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.cli.format_names import JSON
from imagelock.commands.list import STATUSES, explain_images, list_with_scan
from imagelock.errors import RegistryError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.cli.session import Session
    from imagelock.project.project_files import ProjectFiles


def run_list(
    session: Session,
    names: Sequence[str],
    *,
    output: str,
    environment: bool,
    bases: bool = False,
    summary: bool = False,
    statuses: Sequence[str] = (),
) -> int:
    """Print the references in the files among *names*, or explain images.

    With *bases*, registries are asked for those of the images. With *summary*, each
    image has a single line. With *statuses*, only references of these are printed.
    Returns the exit code.

    Raises:
        UsageError: an option is of no use here, or there is no such status.
    """
    for status in statuses:
        if status not in STATUSES:
            hint = did_you_mean(status, STATUSES) or f"use one of {', '.join(STATUSES)}"
            raise UsageError(f"there is no status `{status}`", hint=hint)
    paths = [Path(name) for name in names if os.path.lexists(name)]
    patterns = [name for name in names if not os.path.lexists(name)]
    if bases:
        session.require_registries("list --bases")
        if not patterns:
            raise UsageError("`--bases` shows those of images: name one")
    if summary and (patterns or output == JSON):
        raise UsageError(
            "`--summary` is a table of all images",
            hint="leave it out to explain images, or for `--format json`",
        )
    project = session.project(paths, environment=environment, online=bases)
    if patterns and statuses:
        raise UsageError("`--status` is for references in files, not for images")
    if patterns:
        return _explain(session, project, patterns, output, bases=bases)
    _list(session, project, output, statuses, summary=summary)
    return 0


def _explain(
    session: Session,
    project: ProjectFiles,
    patterns: Sequence[str],
    output: str,
    *,
    bases: bool,
) -> int:
    explanations = explain_images(project, patterns)
    chains, failures = None, {}
    if bases:
        from imagelock.commands.base_chain import base_chains, chain_failures

        images = [each.image for each in explanations if each.image]
        chains = base_chains(project, images, session)
        failures = chain_failures(chains)
    if output == JSON:
        from imagelock.report import as_json  # text needs none

        session.print(as_json.explanations(explanations, chains))
    else:
        from imagelock.report import explanation  # most runs explain nothing

        session.print(
            explanation.format_explanations(
                explanations, style=session.style, chains=chains
            )
        )
    session.errors(failures, asked=len(explanations))
    return RegistryError.exit_code if failures else 0


def _list(
    session: Session,
    project: ProjectFiles,
    output: str,
    statuses: Sequence[str],
    *,
    summary: bool,
) -> None:
    rows, scan = list_with_scan(project)
    if not rows:
        session.note_no_image(project)
    if statuses:
        rows = [row for row in rows if row.status in statuses]
    if output == JSON:
        from imagelock.report import as_json  # text needs none

        session.print(as_json.references(rows, scan.guesses))
        return
    from imagelock.report import listing

    if summary:
        from imagelock.report.list_summary import format_summary  # other runs need none

        session.print(format_summary(rows, style=session.style))
    else:
        internal = session.verbose > 0
        session.print(
            listing.format_references(rows, style=session.style, internal=internal)
        )
    session.notice(listing.format_not_read(scan.guesses, scan.commands))
