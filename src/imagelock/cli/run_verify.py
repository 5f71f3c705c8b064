"""What `imagelock verify` does with the values of its options."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

from imagelock.cli.formats import choose_reporter, plan_reports, write_findings
from imagelock.commands.verify import verify
from imagelock.commands.verify_plan import VerifyOptions
from imagelock.errors import UsageError, reason
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.project.source_lines import line_finder
from imagelock.report.findings import (
    format_finding_list,
    format_findings,
    format_mirrors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.cli.session import Session
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Severity
    from imagelock.project.project_files import ProjectFiles
    from imagelock.report.findings import FindLine
    from imagelock.report.formats import Reporter

_LARGEST: Final = 256 * 1024 * 1024
"""In bytes; the pods of a cluster with thousands of them take a tenth of this."""


def run_verify(
    session: Session,
    paths: Sequence[Path],
    *,
    fail_on: Severity,
    output: str,
    report: Sequence[str],
    environment: bool,
    timeout: float,
    deep: bool = False,
    signatures: bool = False,
    all_projects: bool = False,
    running: Path | None = None,
    answers: Sequence[Path] = (),
    max_age: str | None = None,
) -> int:
    """Check the project, print and write the verdict, and return the exit code.

    *timeout* is in seconds. With *all_projects*, projects below it are checked, too.
    *answers* are files with answers of registries, which count up to *max_age*.

    Raises:
        UsageError: *all_projects* does not go with *paths*, or with *running*, and
            *signatures* and *answers* not with *running*, or *signatures* offline; or a
            file of *answers* cannot be used.
    """
    online = not session.offline
    limit = session.seconds(timeout)
    if signatures and (running or not online):
        raise UsageError("`--signatures` asks the registries of the locked images")
    if answers and running:
        raise UsageError("`--answers` is about tags, and `--running` about containers")
    options = VerifyOptions(
        timeout=limit,
        deep=deep,
        signatures=signatures,
        answers=session.answers(answers, max_age),
    )
    project = session.project(paths, environment=environment, online=online)
    reporter = choose_reporter(project, output)
    files = plan_reports(project, report)
    if all_projects:
        if paths or running:
            raise UsageError("`--all` checks whole projects: name no file with it")
        from imagelock.commands.workspace import verify_all  # few projects have others

        members = session.members(project, online=online)
        verdict = verify_all(members, session, options)
    elif running is None:
        verdict = verify(project, session, options)
    else:
        verdict = _verify_running(session, project, running, limit)
    write_findings(files, verdict)
    find_line = line_finder(project.root) if running is None else None
    _print(session, verdict, reporter, fail_on, find_line)
    return verdict.exit_code(fail_on)


def _verify_running(
    session: Session, project: ProjectFiles, file: Path, timeout: float | None
) -> Verdict:
    from imagelock.commands.verify_running import verify_running  # few

    is_stdin = file == Path("-")
    text = _read(file)
    path = PurePosixPath("stdin" if is_stdin else file)
    try:
        return verify_running(project, text, path, session, timeout=timeout)
    except UsageError as error:
        error.add_note("in the standard input" if is_stdin else f"in `{file}`")
        raise


def _read(file: Path) -> str:
    """Return the text of *file*, or of standard input for `-`.

    Raises:
        UsageError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        if file == Path("-"):
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError(f"`{file}` is larger than {_LARGEST} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"`{file}` cannot be read: it is not UTF-8") from error
    except OSError as error:
        message = f"`{file}` cannot be read: {reason(error)}"
        raise UsageError(message) from error


def _print(
    session: Session,
    verdict: Verdict,
    reporter: Reporter | None,
    fail_on: Severity,
    find_line: FindLine | None,
) -> None:
    """Print the verdict; with `--quiet` only the findings that fail the run."""
    if session.quiet:
        failing = [each for each in verdict.findings if each.severity >= fail_on]
        session.error(format_finding_list(failing, session.error_style, find_line))
        return
    if reporter is not None:
        session.print(reporter.findings(verdict))
        return
    session.notice(format_mirrors(verdict.mirrors))
    session.print(
        format_findings(
            verdict,
            style=session.style,
            notes=session.verbose > 0,
            find_line=find_line,
        )
    )
