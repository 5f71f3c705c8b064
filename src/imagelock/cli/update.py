"""`imagelock update`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from imagelock.cli.format_names import TEXT, is_from_environment
from imagelock.cli.formats import output_reporter, plan_reports
from imagelock.cli.options import (
    AcceptSigner,
    All,
    AnswersFiles,
    Check,
    Depth,
    DryRun,
    Environment,
    FormatOfChanges,
    MaxAge,
    Reports,
    Timeout,
    group_option,
    images_argument,
)
from imagelock.cli.output import LockOutput
from imagelock.cli.session import Session
from imagelock.cli.thresholds import THRESHOLD, Threshold
from imagelock.cli.workspace import finish_all
from imagelock.commands.lock_run import LockOptions
from imagelock.commands.scanning.scanned_update import ChangeScan
from imagelock.commands.signer_options import SignerOptions
from imagelock.commands.update import update
from imagelock.commands.update_all import update_all
from imagelock.commands.update_tags import UpdateTargets
from imagelock.config.update_settings import OTHERS
from imagelock.errors import UsageError
from imagelock.model.tag_version import Level
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.scanning.vulnerability import VulnerabilitySeverity

_ACCEPT_SIGNER: Final = "imagelock update --accept-signer"


def update_command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        images_argument(
            "Images to update, by name or pattern; all by default. `IMAGE=TAG`"
            " also changes the tag in the files, and `!IMAGE` leaves images out."
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
    group: Annotated[
        str | None,
        group_option(
            "Only update the images of a `[[update.group]]` of the configuration;"
            f" `{OTHERS}` are those in no group."
        ),
    ] = None,
    dry_run: DryRun = False,
    check: Check = False,
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
            " two requests per image, `all` up to nine.",
        ),
    ] = Depth.SOME,
    accept_signer: AcceptSigner = None,
    scan: Annotated[
        bool | None,
        typer.Option(
            "--scan/--no-scan",
            show_default=False,
            help="Scan the old and the new content of each image, and show which"
            " vulnerabilities the update fixes and adds; by default if `updates` is set"
            " in `[scan]`.",
        ),
    ] = None,
    security: Annotated[
        Threshold | None,
        typer.Option(
            "--security",
            metavar=THRESHOLD,
            show_default=False,
            help="Only update images whose new content fixes a vulnerability of this"
            " severity or higher; without waiting for the cooldown.",
        ),
    ] = None,
    all_projects: All = False,
    output: FormatOfChanges = TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    answers: AnswersFiles = None,
    max_age: MaxAge = None,
) -> None:
    """Resolve tags again, lock the new digests, and show the changes.

    References that were pinned by hand are not updated, and neither are images of
    which only the index changed.

    Exit codes: 0 done, 1 a file must be fixed, a tag could not be written into it, or
    `--check` found a change, 2 usage, configuration or an unusable lockfile,
    3 a registry did not answer, or an image could not be scanned.
    """
    session: Session = context.obj
    given = session.required_answers("update", answers or (), max_age)
    project = session.project(environment=environment, online=True)
    command = f"imagelock update{' --all' if all_projects else ''}"
    lock_output = LockOutput(
        session=session,
        reporter=output_reporter(
            project, output, from_environment=is_from_environment(context)
        ),
        files=plan_reports(project, report, changes=True),
        root=project.root,
        written=not (check or dry_run),
        refused=command if check else None,
    )
    targets = UpdateTargets.parse(images or (), level)
    if group is not None:
        targets = targets.in_group(group, project.config.update)
    options = LockOptions(
        write=lock_output.written,
        accept_index_changes=index,
        detail_requests=details.requests,
        signers=SignerOptions(accepted=accept_signer or (), accept=_ACCEPT_SIGNER),
        scan=_change_scan(
            targets,
            security,
            scan=project.config.scan.updates if scan is None else scan,
        ),
        answers=given,
        history=lock_output.shows_history,
    )
    limit = session.seconds(timeout)
    if all_projects:
        members = session.members(project, online=True)
        code = finish_all(
            lock_output, update_all(members, targets, session, options, limit)
        )
    else:
        code = lock_output.finish(update(project, targets, session, options, limit))
    raise typer.Exit(code)


def _change_scan(
    targets: UpdateTargets, security: Threshold | None, *, scan: bool
) -> ChangeScan | None:
    """Return how to scan what changes, if that is asked for.

    Raises:
        UsageError: tags would be edited for images that `--security` may leave out.
    """
    if security is None:
        return ChangeScan() if scan else None
    if targets.edits_files:
        raise UsageError(
            "`--security` looks for fixes behind the same tag",
            hint="leave `--bump` and `=TAG` out, or use `--scan`",
        )
    return ChangeScan(VulnerabilitySeverity.of(security))
