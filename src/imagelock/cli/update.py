"""`imagelock update`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.completions import locked_images
from imagelock.cli.format_names import TEXT, is_from_environment
from imagelock.cli.formats import output_reporter, plan_reports
from imagelock.cli.options import (
    All,
    Depth,
    Environment,
    FormatOfChanges,
    Reports,
    Timeout,
)
from imagelock.cli.output import finish_lock
from imagelock.cli.pin import report_unchanged
from imagelock.cli.session import Session
from imagelock.cli.workspace import finish_all
from imagelock.commands.lock import LockOptions, LockRun
from imagelock.commands.update import update
from imagelock.commands.update_all import update_all
from imagelock.commands.update_tags import UpdateTargets
from imagelock.model.tag_version import Level
from imagelock.registry.connect import DEFAULT_TIMEOUT


def update_command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            autocompletion=locked_images,
            show_default=False,
            help="Images to update, by name or pattern; all by default. `IMAGE=TAG`"
            " also changes the tag in the files, and `!IMAGE` leaves images out.",
        ),
    ] = None,
    *,
    level: Annotated[
        Level | None,
        typer.Option(
            "--bump",
            metavar=f"LEVEL[{'|'.join(Level)}]",
            show_default=False,
            help="Also update tags in the files, up to this level.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show what would change without writing anything.",
        ),
    ] = False,
    index: Annotated[
        bool,
        typer.Option(
            "--index",
            help="Also update images of which only the index changed: attestations,"
            " or undeclared platforms.",
        ),
    ] = False,
    details: Annotated[
        Depth,
        typer.Option(
            "--details",
            metavar="DEPTH[none|some|all]",
            envvar="IMAGELOCK_DETAILS",
            help="How much to look up about each image that moved: `some` makes up to"
            " two requests per image, `all` up to four.",
        ),
    ] = Depth.SOME,
    everything: All = False,
    output: FormatOfChanges = TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Resolve tags again, lock the new digests, and show the changes.

    References that were pinned by hand are not updated, and neither are images of
    which only the index changed.

    Exit codes: 0 done, 1 a file must be fixed, or a tag could not be written into
    it, 2 usage, configuration or an unusable lockfile, 3 a registry did not
    answer.
    """
    session: Session = context.obj
    project = session.project(environment=environment, online=True)
    reporter = output_reporter(
        project, output, from_environment=is_from_environment(context)
    )
    files = plan_reports(project, report, changes=True)
    targets = UpdateTargets.parse(images or (), level)
    options = LockOptions(
        write=not dry_run,
        accept_index_changes=index,
        detail_requests=details.requests,
    )

    def check_tags(run: LockRun) -> int:
        if not (run.tag_update and run.tag_update.rewrite.plan.has_problems):
            return 0
        report_unchanged(session, run.tag_update.rewrite.plan)
        return 1

    if everything:
        members = session.members(environment=environment, online=True)
        results = update_all(members, targets, session, options, timeout)
        code = finish_all(
            session, results, reporter, files, written=not dry_run, check=check_tags
        )
    else:
        run = update(project, targets, session, options, timeout)
        code = finish_lock(session, run, reporter, files, written=not dry_run)
        code = code or check_tags(run)
    raise typer.Exit(code)
