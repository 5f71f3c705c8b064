"""Run a command in a project and in all projects below it: `--all`."""

from __future__ import annotations

import os
import re
import time
from functools import partial
from pathlib import Path, PurePosixPath

from imagelock import config
from imagelock.commands.selection import required_digests
from imagelock.commands.signer_options import checks_signers
from imagelock.commands.verify import Verdict, verify
from imagelock.dataclass import dataclass, replace
from imagelock.errors import ConfigurationError, ImagelockError, UsageError
from imagelock.light_typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.model.finding import Finding, Rule
from imagelock.model.image_pattern import EXCEPT, matches_image
from imagelock.model.span import FILE_START
from imagelock.project.source_lines import span_of
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_plan import VerifyOptions
    from imagelock.config.shared_settings import Download
    from imagelock.model.occurrence import Place
    from imagelock.project.project_files import ProjectFiles

Result = TypeVar("Result")


class Findings(Protocol):
    """A result that has findings."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What was found."""
        ...


HasFindings = TypeVar("HasFindings", bound=Findings)

_SHORTEST: Final = 0.001
"""In seconds: with nothing left, every request is refused."""
_COMMAND: Final = re.compile("(?<=`imagelock )(lock|update|scan)(?=[ `])(?! --all)")
"""The commands in a hint that a workspace runs in all its projects."""


@dataclass(frozen=True, slots=True)
class Member:
    """A project of a workspace, in *folder* below its root; empty for the root itself.

    *open* returns it, or raises an `ImagelockError`: its settings may be broken. *root*
    is where it is on disk.
    """

    folder: PurePosixPath
    open: Callable[[], ProjectFiles]
    root: Path

    def culprit(self, error: ImagelockError) -> PurePosixPath:
        """Return the file in it that is to blame for *error*."""
        if not isinstance(error, ConfigurationError):
            return LOCKFILE
        file = config.own_file(self.root)
        return PurePosixPath(file.name if file else config.FILE_NAME)

    def from_top(self, error: ImagelockError) -> str | None:
        """Return the file of *error*, which ended a run in it, by its path from the top.

        A file of settings is named by its path in the work tree, if there is one.
        """
        if error.file is None or ":" in error.file:  # settings at a URL, in a package
            return error.file
        top = Path(*self.root.parts[: len(self.root.parts) - len(self.folder.parts)])
        is_setting = isinstance(error, ConfigurationError)
        folder = (work_tree(self.root) if is_setting else None) or self.root
        return Path(os.path.relpath(folder / error.file, top)).as_posix()


@dataclass(frozen=True, slots=True)
class MemberResult(Generic[Result]):
    """What a command returned in a project, or the error that ended it."""

    member: Member
    result: Result | ImagelockError


def members(top: ProjectFiles, download: Download | None = None) -> list[Member]:
    """Return the project *top* and all projects below it, the project itself first.

    *download* is that of `config.load`.
    """
    folders = top.projects_below()
    if not folders:
        return [Member(PurePosixPath(), lambda: top, top.root)]

    def project(folder: PurePosixPath) -> ProjectFiles:
        root = top.root / folder
        others = [other for other in folders if folder in other.parents]
        return replace(
            top,
            root=root,
            config=config.load(root, download=download),
            others=tuple(other.relative_to(folder) for other in others),
            has_members=bool(others),
        )

    whole = replace(top, has_members=True)
    return [
        Member(PurePosixPath(), lambda: whole, top.root),
        *(Member(each, partial(project, each), top.root / each) for each in folders),
    ]


def run_in_all(
    members: Iterable[Member], run: Callable[[ProjectFiles], Result]
) -> Iterator[MemberResult[Result]]:
    """Yield the result of *run* in each of *members*; an error ends only its project."""
    for member in members:
        result: Result | ImagelockError
        try:
            result = run(member.open())
        except ImagelockError as error:
            error.file = member.from_top(error)
            result = error
        yield MemberResult(member, result)


def verify_all(
    members: Iterable[Member], console: Console, options: VerifyOptions
) -> Verdict:
    """Verify each of *members*, and return the results as one.

    Paths are from the root of the workspace, and a project that cannot be checked is a
    finding. The timeout of *options* is for all of them.
    """
    left = time_left(options.timeout)

    def check(project: ProjectFiles) -> Verdict:
        own = replace(
            options,
            timeout=left(),
            signatures=options.signatures and _has_signers(project),
        )
        return verify(project, console, own)

    return _merged(list(run_in_all(members, check)))


def _has_signers(project: ProjectFiles) -> bool:
    """Return whether *project* asks for signatures; not all of a workspace do."""
    return checks_signers(project.config, project.lockfile() or Lockfile())


def members_with(
    members: Sequence[Member], patterns: Sequence[str]
) -> list[tuple[Member, frozenset[str]]]:
    """Return the *members* with an image that one of *patterns* matches, and with which.

    Without patterns, all of them.

    Raises:
        UsageError: a pattern matches no image of any of them.
    """
    if not patterns:
        return [(member, frozenset()) for member in members]
    found = [(member, _matching(member, patterns)) for member in members]
    matched = frozenset().union(*(matching for _, matching in found))
    for pattern in patterns:
        if pattern not in matched:
            raise UsageError(
                f"no image of any project matches `{pattern}`",
                hint="`imagelock list` shows those of a project",
            )
    wanted = {p for p in patterns if not p.startswith(EXCEPT)}
    return [(m, matching) for m, matching in found if matching & wanted or not wanted]


def _matching(member: Member, patterns: Sequence[str]) -> frozenset[str]:
    """Return those of *patterns* that match an image; all of a broken project's.

    What leaves images out counts everywhere.
    """
    try:
        keys = required_digests(member.open().found())
    except ImagelockError:
        return frozenset(patterns)
    return frozenset(
        pattern
        for pattern in patterns
        if pattern.startswith(EXCEPT)
        or any(matches_image(pattern, key) for key in keys)
    )


def time_left(timeout: float | None) -> Callable[[], float | None]:
    """Return a function that returns how many of *timeout* seconds are left.

    Without *timeout*, that is always `None`.
    """
    if timeout is None:
        return lambda: None
    end = time.monotonic() + timeout
    return lambda: max(end - time.monotonic(), _SHORTEST)


def _merged(results: Sequence[MemberResult[Verdict]]) -> Verdict:
    from imagelock.registry.answers.model import merged_uses  # `--all` is for few

    verdicts = [
        item.result for item in results if not isinstance(item.result, ImagelockError)
    ]
    mirrors = dict.fromkeys(use for verdict in verdicts for use in verdict.mirrors)
    off = [verdict.rules_off for verdict in verdicts]
    return Verdict(
        findings=merged_findings(results),
        checked=sum(verdict.checked for verdict in verdicts),
        could_not_check=sum(verdict.could_not_check for verdict in verdicts),
        online=any(verdict.online for verdict in verdicts),
        rules_off=frozenset().union(*off),
        mirrors=tuple(mirrors),
        only_online=tuple(
            dict.fromkeys(name for verdict in verdicts for name in verdict.only_online)
        ),
        answers=merged_uses(verdict.answers for verdict in verdicts),
        is_broken=len(verdicts) < len(results),
    )


def from_root(place: Place, folder: PurePosixPath) -> Place:
    """Return *place* in the project in *folder* with its path from the root."""
    return replace(place, path=folder / place.path)


def finding_from_root(finding: Finding, folder: PurePosixPath) -> Finding:
    """Return *finding* of the project in *folder* with its paths from the root."""
    also = tuple(from_root(place, folder) for place in finding.also)
    hint = finding.hint and _COMMAND.sub(r"\1 --all", finding.hint)
    return replace(
        finding, path=folder / finding.path, also=also, project=folder, hint=hint
    )


def merged_findings(results: Iterable[MemberResult[HasFindings]]) -> list[Finding]:
    """Return the findings of *results*, of which each error is one, from the root."""
    return [finding for item in results for finding in _findings(item)]


def _findings(item: MemberResult[HasFindings]) -> Iterator[Finding]:
    if not isinstance(item.result, ImagelockError):
        for finding in item.result.findings:
            yield finding_from_root(finding, item.member.folder)
    else:
        yield _broken_project(item.member, item.result)


def _broken_project(member: Member, error: ImagelockError) -> Finding:
    """Return *error*, which ended the run in *member*, as a finding at its place."""
    culprit = member.culprit(error)
    span = None
    if error.source and error.file == str(member.folder / culprit):
        span = span_of(member.root, culprit, error.source)
    return Finding(
        rule=Rule.UNREADABLE_FILE,
        severity=Rule.UNREADABLE_FILE.severity,
        message=f"the project `{member.folder}` cannot be checked:"
        f" {error if span else error.located}",
        path=member.folder / culprit,
        span=span or FILE_START,
        project=member.folder,
        hint=error.hint,
        # What is wrong with no file may be wrong in every project.
        cause=None if error.file else str(error),
    )
