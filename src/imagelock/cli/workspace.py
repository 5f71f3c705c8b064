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
from imagelock.commands.workspace import MemberResult
from imagelock.errors import ImagelockError, RegistryError
from imagelock.report.changes import identity, merged_changes
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.cli.output import LockOutput
    from imagelock.cli.session import Session
    from imagelock.commands.lock_run import LockRun
    from imagelock.report.changes import Changes

_WORST_FIRST = (ImagelockError.exit_code, 1, RegistryError.exit_code, 0)


def finish_all(output: LockOutput, results: Iterable[MemberResult[LockRun]]) -> int:
    """Show each of *results* below the name of its project, and all as one report.

    Returns the worst exit code of the projects.
    """
    session = output.session
    reports: dict[PurePosixPath, Changes] = {}
    broken: list[MemberResult[object]] = []
    codes = {0}
    known: set[object] = set()
    for item in results:
        run, folder = item.result, item.member.folder
        if isinstance(run, ImagelockError):
            broken.append(MemberResult(item.member, run))
            continue
        codes |= {*_member_codes(output, run, folder, known)}
        reports[folder] = changes_of(run)
        known.update(map(identity, run.result.changes))
    codes.update(explain_broken(session, broken))
    report = merged_changes(reports)
    write_changes(output.files, report)
    if output.reporter is None:
        session.print(_total(session, reports, len(broken), written=output.written))
    else:
        print_changes(session, report, output.reporter)
    return next(code for code in _WORST_FIRST if code in codes)


def _member_codes(
    output: LockOutput, run: LockRun, folder: PurePosixPath, known: Container[object]
) -> Iterator[int]:
    """Print *run* of the project in *folder*, and yield its exit codes.

    Changes whose `identity` is *known* were shown before.
    """
    session, root = output.session, output.root / folder
    if output.reporter is None and (session.verbose or _has_news(run)):
        session.print(f"{session.style.bold(printable(str(folder)))}\n")
        yield print_run(
            session, run, root, written=output.written, known=known, end="\n"
        )
    else:
        yield print_problems(session, run, root)
    yield output.check(run, root)


def explain_broken(
    session: Session, broken: Iterable[MemberResult[object]]
) -> Iterator[int]:
    """Print the error of each project in *broken*, and yield its exit code."""
    for item in broken:
        error = item.result
        if isinstance(error, ImagelockError):
            error.add_note(f"in the project `{item.member.folder}`")
            session.explain(error)
            session.error("\n")
            yield error.exit_code


def _has_news(run: LockRun) -> bool:
    """Return whether there is more to say about *run* than that nothing changed."""
    return bool(
        run.changed
        or run.problems
        or run.tag_update
        or run.result.failures
        or run.result.index_only_skipped
    )


def _total(
    session: Session,
    reports: Mapping[PurePosixPath, Changes],
    broken: int,
    *,
    written: bool,
) -> str:
    """Return a line with what all projects have in common, and how many are *broken*."""
    images = sum(
        len(file.images) for each in reports.values() for file in each.lockfiles
    )
    changed = sum(bool(each.changes) for each in reports.values())
    changes = sum(len(each.changes) for each in reports.values())
    text = f"{plural(len(reports), 'project')}: {plural(images, 'image')} locked, "
    text += (
        f"{plural(changes, 'change')} in {plural(changed, 'project')}"
        if changes
        else "nothing changed"
    )
    if changes and not written:
        text += "; nothing was written"
    if broken:
        text += f"; {plural(broken, 'project')} left out"
    return f"{session.style.wrap(text)}\n"
