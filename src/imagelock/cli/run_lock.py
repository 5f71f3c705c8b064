"""What `imagelock lock` does with the values of its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.cli.formats import output_reporter, plan_reports
from imagelock.cli.output import LockOutput
from imagelock.commands.lock import lock
from imagelock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagelock.cli.session import Session
    from imagelock.commands.lock_run import LockRun
    from imagelock.commands.signer_options import SignerOptions
    from imagelock.project.project_files import ProjectFiles


def run_lock(
    session: Session,
    paths: Sequence[Path],
    *,
    check: bool,
    dry_run: bool = False,
    output: str,
    output_from_environment: bool = False,
    report: Sequence[str],
    environment: bool,
    timeout: float,
    all_projects: bool = False,
    signers: SignerOptions | None = None,
    answers: Sequence[Path] = (),
    max_age: str | None = None,
) -> int:
    """Lock the references in the project, print the changes, return the exit code.

    With *all_projects*, projects below it are locked, too. With *check*, a change is an
    error and not written; *dry_run* only shows it. *signers* is what to do about
    signatures, if it is not the usual. *timeout* is in seconds. *answers* are files with
    answers of registries, which count up to *max_age*.

    Raises:
        UsageError: *all_projects* does not go with *paths*, or a file of *answers* cannot
            be used.
    """
    write = not (check or dry_run)
    limit = session.seconds(timeout)
    project = session.project(paths, environment=environment, online=True)
    command = f"imagelock lock{' --all' if all_projects else ''}"
    lock_output = LockOutput(
        session=session,
        reporter=output_reporter(
            project, output, from_environment=output_from_environment
        ),
        files=plan_reports(project, report, changes=True),
        root=project.root,
        written=write,
        refused=command if check else None,
    )
    given = session.answers(answers, max_age)

    def lock_project(project: ProjectFiles, seconds: float | None = limit) -> LockRun:
        return lock(
            project,
            session,
            write=write,
            timeout=seconds,
            signers=signers,
            answers=given,
        )

    if not all_projects:
        return lock_output.finish(lock_project(project))
    if paths:
        raise UsageError("`--all` locks whole projects: name no file with it")
    from imagelock.cli.workspace import finish_all  # few projects have others
    from imagelock.commands.workspace import run_in_all, time_left

    left = time_left(limit)
    members = session.members(project, online=True)
    results = run_in_all(members, lambda project: lock_project(project, left()))
    return finish_all(lock_output, results)
