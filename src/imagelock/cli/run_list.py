"""What `imagelock list` does with the values of its options."""

from __future__ import annotations

import os.path
from pathlib import Path

from imagelock.cli.format_names import JSON
from imagelock.commands.list import STATUSES, explain_images, list_with_scan
from imagelock.errors import RegistryError, UsageError, did_you_mean
from imagelock.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.cli.session import Session
    from imagelock.commands.list import ReferenceStatus
    from imagelock.commands.list_all import WorkspaceList
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan
    from imagelock.report.style import Style


def run_list(
    session: Session,
    names: Sequence[str],
    *,
    output: str,
    environment: bool,
    bases: bool = False,
    summary: bool = False,
    by: str | None = None,
    all_projects: bool = False,
    statuses: Sequence[str] = (),
) -> int:
    """Print the references in the files among *names*, or explain images.

    With *bases*, registries are asked for those of the images. With *summary*, each
    image has a single line, and with *by*, each format, image or registry has one. With
    *all_projects*, the references of projects below this one are printed, too. With
    *statuses*, only references of these are printed. Returns the exit code.

    Raises:
        UsageError: an option is of no use here, or there is no such status.
    """
    paths = [Path(name) for name in names if os.path.lexists(name)]
    patterns = [name for name in names if not os.path.lexists(name)]
    _check_options(session, patterns, output, statuses, bases=bases, summary=summary)
    if by is not None:
        _check_grouping(by, patterns, summary=summary)
    if all_projects and names:
        raise UsageError("`--all` lists whole projects: name no file or image with it")
    project = session.project(paths, environment=environment, online=bases)
    if patterns:
        return _explain(session, project, patterns, output, bases=bases)
    if all_projects:
        return _list_all(session, project, output, statuses, summary=summary, by=by)
    rows, scan = list_with_scan(project)
    if not rows:
        session.note_no_image(project)
    _print(session, rows, scan, output, statuses, summary=summary, by=by)
    return 0


def _check_options(
    session: Session,
    patterns: Sequence[str],
    output: str,
    statuses: Sequence[str],
    *,
    bases: bool,
    summary: bool,
) -> None:
    """Check what goes with *patterns*, the images to explain.

    Raises:
        UsageError: as in `run_list`.
    """
    for status in statuses:
        if status not in STATUSES:
            hint = did_you_mean(status, STATUSES) or f"use one of {', '.join(STATUSES)}"
            raise UsageError(f"there is no status `{status}`", hint=hint)
    if bases:
        session.require_registries("list --bases")
        if not patterns:
            raise UsageError("`--bases` shows those of images: name one")
    if summary and (patterns or output == JSON):
        raise UsageError(
            "`--summary` is a table of all images",
            hint="leave it out to explain images, or for `--format json`",
        )
    if patterns and statuses:
        raise UsageError("`--status` is for references in files, not for images")


def _check_grouping(by: str, patterns: Sequence[str], *, summary: bool) -> None:
    """Check that references are counted by *by*, and not shown in another way.

    Raises:
        UsageError: as in `run_list`.
    """
    from imagelock.commands.list_groups import check_grouping  # few runs count

    check_grouping(by)
    if patterns or summary:
        raise UsageError(
            "`--by` is a table of its own",
            hint="leave it out to explain images, or for `--summary`",
        )


def _counted(
    rows: Sequence[ReferenceStatus], by: str, output: str, style: Style
) -> str:
    """Return how many of *rows* each format, image or registry has."""
    from imagelock.commands.list_groups import group_references  # few runs count

    groups, total = group_references(rows, by)
    if output == JSON:
        from imagelock.report import as_json  # text needs none

        return as_json.reference_groups(groups, total, by)
    from imagelock.report.list_groups import format_groups  # JSON needs none

    return format_groups(groups, total, by, style=style)


def _list_all(
    session: Session,
    top: ProjectFiles,
    output: str,
    statuses: Sequence[str],
    *,
    summary: bool,
    by: str | None,
) -> int:
    from imagelock.cli.workspace import explain_broken  # few projects have others
    from imagelock.commands.list_all import list_all

    run = list_all(session.members(top, online=False))
    if not (run.rows or run.broken):
        session.note_no_image(top)
    _print(session, run.rows, run, output, statuses, summary=summary, by=by)
    return max(explain_broken(session, run.broken), default=0)


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


def _print(
    session: Session,
    rows: Sequence[ReferenceStatus],
    scan: Scan | WorkspaceList,
    output: str,
    statuses: Sequence[str],
    *,
    summary: bool,
    by: str | None,
) -> None:
    """Print *rows*; *scan* has what was not read."""
    if statuses:
        rows = [row for row in rows if row.status in statuses]
    if by is not None:
        session.print(_counted(rows, by, output, session.style))
        return
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
    session.notice(listing.format_not_read(scan.guesses, scan.commands, scan.charts))
