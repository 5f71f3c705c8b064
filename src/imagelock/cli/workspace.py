"""Print what `lock` and `update` did in several projects: `--all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.cli.formats import write_changes
from imagelock.cli.output import (
    changes_of,
    print_changes,
    print_problems,
    print_run,
)
from imagelock.errors import ImagelockError, RegistryError
from imagelock.report.changes import merged_changes
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path, PurePosixPath

    from imagelock.cli.session import Session
    from imagelock.commands.lock_run import LockRun
    from imagelock.commands.workspace import MemberResult
    from imagelock.report.changes import Changes
    from imagelock.report.formats import Reporter

_WORST_FIRST = (ImagelockError.exit_code, 1, RegistryError.exit_code, 0)


def finish_all(
    session: Session,
    results: Iterable[MemberResult[LockRun]],
    reporter: Reporter | None,
    files: Mapping[Path, Reporter],
    *,
    root: Path,
    written: bool,
    check: Callable[[LockRun, Path], int],
) -> int:
    """Print each of *results* below the name of its project, and all as one report.

    *root* is that of the top project. *written* is whether they were written to disk.
    Returns the worst exit code of the projects; *check* returns a further one for
    each, of its result and its root.
    """
    reports: dict[PurePosixPath, Changes] = {}
    codes = {0}
    for item in results:
        name = str(item.member.folder)
        if reporter is None:
            session.print(f"{session.style.bold(printable(name))}\n")
        if isinstance(item.result, ImagelockError):
            item.result.add_note(f"in the project `{name}`")
            session.explain(item.result)
            codes.add(item.result.exit_code)
            continue
        folder = root / item.member.folder
        if reporter is None:
            codes.add(print_run(session, item.result, folder, written=written))
            session.print("\n")
        else:
            codes.add(print_problems(session, item.result, folder))
        codes.add(check(item.result, folder))
        reports[item.member.folder] = changes_of(item.result)
    report = merged_changes(reports)
    write_changes(files, report)
    if reporter is not None:
        print_changes(session, report, reporter)
    return next(code for code in _WORST_FIRST if code in codes)
