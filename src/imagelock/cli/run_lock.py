"""What `imagelock lock` does with the values of its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.cli.formats import output_reporter, plan_reports
from imagelock.cli.output import finish_lock
from imagelock.commands.lock import lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagelock.cli.session import Session


def run_lock(
    session: Session,
    paths: Sequence[Path],
    *,
    check: bool,
    output: str,
    output_from_environment: bool = False,
    report: Sequence[str],
    environment: bool,
    timeout: float,
) -> int:
    """Lock the references in the project, print the changes, return the exit code."""
    project = session.project(paths, environment=environment, online=True)
    reporter = output_reporter(
        project, output, from_environment=output_from_environment
    )
    files = plan_reports(project, report, changes=True)
    run = lock(project, session, write=not check, timeout=timeout)
    code = finish_lock(session, run, reporter, files, written=not check)
    if code or not check or not run.changed:
        return code
    session.error(
        "error: `images.lock` would change, but `--check` was given\n\n"
        "hint: run `imagelock lock`\n"
    )
    return 1
