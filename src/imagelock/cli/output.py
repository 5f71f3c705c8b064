"""Print the changes of `lock`, `update` and `diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.cli.formats import write_changes
from imagelock.dataclass import dataclass, replace
from imagelock.errors import RegistryError
from imagelock.model.finding import Severity
from imagelock.project.source_lines import line_finder
from imagelock.report.changes import (
    Changes,
    format_changes,
    format_index_only,
    format_waiting,
)
from imagelock.report.findings import (
    format_finding_list,
    format_hints,
    format_mirrors,
)
from imagelock.report.style import plural, printable

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from imagelock.cli.session import Session
    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.commands.lock_run import LockRun
    from imagelock.commands.update_tags import TagUpdate
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.report.findings import FindLine
    from imagelock.report.formats import Reporter

_MOST_PLACES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOutput:
    """How the result of `lock` or `update` is shown.

    It is printed in the format of `reporter`, as text for `None`, and written to `files`
    in theirs. `root` is that of the project, or of the top one. `written` is whether the
    result was written to disk. `refused` is the command whose changes `--check` refuses,
    if it was given.
    """

    session: Session
    reporter: Reporter | None
    files: Mapping[Path, Reporter]
    root: Path
    written: bool
    refused: str | None

    @property
    def shows_history(self) -> bool:
        """Whether a format has a place for how images moved before."""
        reporters = filter(None, (self.reporter, *self.files.values()))
        return any(reporter.shows_history for reporter in reporters)

    def finish(self, run: LockRun) -> int:
        """Show *run*, and return the exit code.

        It is 1 if a file must be fixed, or `--check` refuses a change, and 3 if a
        registry did not answer.
        """
        changes = changes_of(run)
        write_changes(self.files, changes)
        if self.reporter is not None:
            print_changes(self.session, changes, self.reporter)
            code = print_problems(self.session, run, self.root)
        else:
            code = print_run(self.session, run, self.root, written=self.written)
        return code or self.check(run, self.root)

    def check(self, run: LockRun, root: Path) -> int:
        """Print what is wrong with *run* in the project at *root*; return the exit code.

        That is a change which `--check` refuses, or a tag that could not be written.
        """
        if self.refused and run.changed:
            return refuse_change(self.session, self.refused)
        if not (run.tag_update and run.tag_update.rewrite.plan.has_problems):
            return 0
        report_unchanged(self.session, run.tag_update.rewrite, root)
        return 1


def changes_of(run: LockRun) -> Changes:
    """Return the report of *run*."""
    return replace(
        Changes.of(run.result),
        findings=run.problems,
        mirrors=run.mirrors,
        places=run.places,
        comparisons=run.comparisons,
        earlier=run.earlier,
    )


def print_run(
    session: Session,
    run: LockRun,
    root: Path,
    *,
    written: bool,
    known: Container[object] = (),
    end: str = "",
) -> int:
    """Print *run* as text, what failed before its summary; return the exit code.

    *written* is whether it was written to disk. Changes whose `identity` is *known* were
    shown before. *end* comes behind the summary.
    """
    if run.tag_update:
        _print_tags(session, run.tag_update, written=written)
    print_changes(session, changes_of(run), None, known)
    if run.result.changes:
        session.print("\n")
    code = print_problems(session, run, root)
    if code:
        session.error("\n")
    session.print(session.style.wrap(_conclusion(run, written=written)) + f"\n{end}")
    if run.is_healed and written:
        session.notice("hint: the merge conflict is resolved: `git add images.lock`\n")
    return code


def print_problems(session: Session, run: LockRun, root: Path) -> int:
    """Print to stderr what is to be known about *run*; return the exit code."""
    _print_notices(session, run)
    return _report_failures(session, run, line_finder(root))


def _print_notices(session: Session, run: LockRun) -> None:
    """Print what the user should know about *run* besides its result."""
    for key in sorted(run.held, key=str):
        session.notice(f"held: `{key.familiar}` keeps its locked digest\n")
    _print_written(session, run.written)
    for platform in run.result.lockfile.platforms:
        if similar := platform.similar:
            session.warn(
                f"`{platform}` is no known platform; did you mean `{similar}`?"
            )
    for key in sorted(run.not_security, key=str):
        session.notice(f"kept: `{key.familiar}`: no fix is known in its new content\n")
    session.notice(format_mirrors(run.mirrors))
    session.notice(format_waiting(run.waiting, run.cooldown))
    if run.guesses or run.commands or run.charts:
        from imagelock.report.listing import format_not_read  # few projects have some

        session.notice(format_not_read(run.guesses, run.commands, run.charts))


def _print_written(session: Session, written: Mapping[Reference, Place]) -> None:
    """Print the places whose digests keep images from being updated."""
    shown = len(written) if session.verbose else _MOST_PLACES
    for key, place in list(written.items())[:shown]:
        where = printable(f"{place.path}:{place.span.line}")
        session.notice(f"held: `{key.familiar}` by the digest written at {where}\n")
    if (more := len(written) - shown) > 0:
        session.notice(
            f"held: {plural(more, 'more image')} by written digests (`-v` shows them)\n"
        )


def print_changes(
    session: Session,
    report: Changes,
    reporter: Reporter | None,
    known: Container[object] = (),
) -> None:
    """Print *report* in the format of *reporter*, or as text.

    As text, changes whose `identity` is *known* were shown before.
    """
    if reporter is None:
        session.print(
            format_changes(
                report.changes,
                style=session.style,
                comparisons=report.comparisons,
                known=known,
            )
        )
        session.print(format_index_only(report.index_only_skipped))
    elif reporter.changes:
        session.print(reporter.changes(report))


def _print_tags(session: Session, update: TagUpdate, *, written: bool) -> None:
    """Print the edited tags, as a diff of the files if they are not *written*."""
    from imagelock.report import edits  # most runs edit no tags

    plan = update.rewrite.plan
    if not written:
        session.print(edits.format_diff(update.rewrite))
    # Without any, it is enough to say why, which follows.
    if (written and plan.planned) or plan.unchanged:
        session.print(edits.format_plan(plan, "bumped", style=session.style))
    if plan.planned or plan.unchanged:
        session.print("\n")


def _conclusion(run: LockRun, *, written: bool) -> str:
    """Return a line with the number of locked images, changes and problems."""
    result = run.result
    parts = [_outcome(run, written=written)]
    if result.failures:
        asked = plural(result.asked, "image")
        parts.append(f"{len(result.failures)} of {asked} could not be resolved")
    if errors := sum(each.severity is Severity.ERROR for each in run.problems):
        parts.append(plural(errors, "error"))
    return "; ".join(parts)


def _outcome(run: LockRun, *, written: bool) -> str:
    result = run.result
    locked = plural(len(result.lockfile.images), "image")
    changes = plural(len(result.changes), "change")
    if not run.changed:
        is_empty = not result.lockfile.images and not result.asked
        nothing = "no image references to lock in this project"
        return nothing if is_empty else f"{locked} locked, nothing changed"
    if not written:
        return f"{changes}; nothing was written"
    if not result.changes:
        return f"{locked} locked, lockfile reformatted"
    return f"{locked} locked, {changes}"


def report_unchanged(session: Session, rewrite: Rewrite, root: Path) -> None:
    """Print to stderr the places where a requested edit is not possible.

    *root* is that of the project.
    """
    from imagelock.report import edits  # most runs edit nothing

    find_line = line_finder(root, rewrite.old)
    style = session.error_style
    session.error(edits.format_problems(rewrite.plan, style=style, find_line=find_line))


def refuse_change(session: Session, command: str) -> int:
    """Print that `--check` found what *command* would change; return the exit code."""
    session.error(
        "error: `images.lock` would change, but `--check` was given\n\n"
        f"hint: run `{command}`\n"
    )
    return 1


def _report_failures(session: Session, run: LockRun, find_line: FindLine) -> int:
    """Print what failed in *run*, and return the exit code.

    It is 1 if a file must be fixed, and 3 if a registry did not answer.
    """
    least = Severity.ERROR if session.quiet else Severity.OFF
    findings = sorted(
        (finding for finding in run.problems if finding.severity >= least),
        key=lambda finding: -finding.severity,
    )
    style = session.error_style
    session.error(format_finding_list(findings, style, find_line))
    session.error(format_hints((finding.hint for finding in findings), style))
    failures = run.result.failures
    session.errors(failures, asked=run.result.asked)
    uncertain = _print_not_compared(session, run)
    if any(finding.severity is Severity.ERROR for finding in run.problems):
        return 1
    return RegistryError.exit_code if failures or uncertain else 0


def _print_not_compared(session: Session, run: LockRun) -> bool:
    """Print which images could not be scanned; return whether there are any."""
    problems: dict[str, list[str]] = {}
    hints: dict[str, None] = {}
    for key, comparison in run.comparisons.items():
        if comparison.problem:
            problems.setdefault(comparison.problem, []).append(f"`{key.familiar}`")
            hints |= dict.fromkeys(filter(None, [comparison.hint]))
    for problem, names in problems.items():
        message = f"could not compare {', '.join(names)}: {problem}"
        session.error(f"error: {printable(message)}\n")
    for hint in hints:
        session.error(f"hint: {printable(hint)}\n")
    return bool(problems)
