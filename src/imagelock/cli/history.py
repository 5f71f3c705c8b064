"""`imagelock history`."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.format_names import HTML, JSON, TEXT, is_from_environment
from imagelock.cli.options import All, images_argument
from imagelock.cli.session import Session
from imagelock.commands.history.history import HistoryOptions, history, selected
from imagelock.commands.workspace import run_in_all
from imagelock.config.duration import duration
from imagelock.errors import ImagelockError
from imagelock.report import as_json
from imagelock.report.history import format_history, markdown
from imagelock.report.style import printable
from imagelock.report.timeline_svg import timeline_svg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.commands.history.history import History
    from imagelock.project.project_files import ProjectFiles

MARKDOWN: Final = "markdown"
SVG: Final = "svg"
_REVISION: Final = 12
_FORMATS: Final = (TEXT, JSON, MARKDOWN, HTML, SVG)


def _format(context: typer.Context, value: str) -> str:
    if value in _FORMATS:
        return value
    if is_from_environment(context):
        return TEXT
    names = ", ".join(map(repr, _FORMATS))
    raise typer.BadParameter(f"{value!r} is not one of {names}.")


def _time(text: str) -> datetime:
    """Return the time that *text* names: a date, or how long ago."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - duration(text)
        except ValueError:
            message = (
                f"{text!r} is neither a date such as 2026-01-31 nor a time such as 90d."
            )
            raise typer.BadParameter(message) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def history_command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        images_argument("Images to show, by name or pattern; all by default."),
    ] = None,
    *,
    since: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            parser=_time,
            show_default=False,
            help="Only moves since a date (`2026-01-31`), or in the last days (`90d`).",
        ),
    ] = None,
    revisions: Annotated[
        str,
        typer.Option(
            "--range",
            metavar="REVISIONS",
            help="Only moves in these commits: `v1.0..v1.1`, or a branch.",
        ),
    ] = "HEAD",
    first_parent: Annotated[
        bool,
        typer.Option(
            "--first-parent",
            help="Show when moves were merged, instead of the commits of merged branches.",
        ),
    ] = False,
    all_projects: All = False,
    output: Annotated[
        str,
        typer.Option(
            "--format",
            metavar=f"FORMAT[{'|'.join(_FORMATS)}]",
            autocompletion=lambda: list(_FORMATS),
            callback=_format,
            envvar="IMAGELOCK_FORMAT",
            help="The output format.",
        ),
    ] = TEXT,
) -> None:
    """Show how the locked digests moved, from the commits of the lockfile in Git.

    Exit codes: 0 done, 2 usage, configuration, or Git has no lockfile.
    """
    session: Session = context.obj
    project = session.project()
    options = HistoryOptions(
        revisions=revisions, since=since, first_parent=first_parent
    )
    if all_projects:
        histories, code = _of_members(session, project, options)
    else:
        histories, code = {PurePosixPath(): history(project, options)}, 0
    histories = selected(histories, images or ())
    if output == JSON:
        session.print(as_json.history(histories))
    elif output == MARKDOWN:
        session.print(markdown(histories))
    elif output == HTML:
        from imagelock.report.page.history import history_page  # has templates

        session.print(history_page(project.root.name, histories))
    elif output == SVG:
        session.print(timeline_svg([*histories.values()]))
    else:
        session.print(format_history(histories, style=session.style))
    _note_gaps(session, histories)
    raise typer.Exit(code)


def _of_members(
    session: Session, project: ProjectFiles, options: HistoryOptions
) -> tuple[dict[PurePosixPath, History], int]:
    """Return the history of each project below *project*, and the exit code."""
    histories: dict[PurePosixPath, History] = {}
    code = 0
    members = session.members(project, online=False)
    for item in run_in_all(members, lambda member: history(member, options)):
        if isinstance(item.result, ImagelockError):
            item.result.add_note(f"in the project `{item.member.folder}`")
            session.explain(item.result)
            code = item.result.exit_code
        else:
            histories[item.member.folder] = item.result
    return histories, code


def _note_gaps(session: Session, histories: Mapping[PurePosixPath, History]) -> None:
    """Say which part of the history is missing."""
    for each in histories.values():
        by_reason = groupby(each.unreadable, key=attrgetter("reason"))
        for reason, versions in by_reason:
            revisions = [version.commit.revision[:_REVISION] for version in versions]
            where = f"commit {revisions[0]}"
            if len(revisions) > 1:
                where = f"{len(revisions)} commits, {revisions[0]} to {revisions[-1]}"
            session.notice(
                f"note: left out the lockfile of {where}: {printable(reason)}\n"
            )
    if any(each.is_shallow for each in histories.values()):
        session.notice(
            "note: this clone is shallow: older commits are missing"
            " (`git fetch --unshallow` gets them)\n"
        )
    if not any(each.images for each in histories.values()):
        session.notice("note: no image moved in these commits\n")
