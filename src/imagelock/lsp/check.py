"""Check the projects of a workspace folder as they are in the editor, offline.

The findings are those of `imagelock verify --offline --all`, for the files as the
client has them. A workspace is data: nothing in it is run, and nothing is asked for.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock import config
from imagelock.cache_storage import CacheUse
from imagelock.commands.console import LoggingConsole
from imagelock.commands.verify import verify
from imagelock.commands.verify_plan import VerifyOptions
from imagelock.commands.workspace import members
from imagelock.config.settings_file import PYPROJECT
from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import ImagelockError, UsageError
from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.model.finding import Finding, Rule
from imagelock.model.span import FILE_START, Span
from imagelock.project.project_files import ProjectFiles
from imagelock.project.root import find_root
from imagelock.text_file import forget_links

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.workspace import Member
    from imagelock.model.occurrence import Found

_DECISIVE: Final = {LOCKFILE.name, config.FILE_NAME, PYPROJECT, ".gitignore"}
"""Files that can make other folders projects, or change what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCheck:
    """What is known of a project after a check.

    `project` is `None` if its settings cannot be used. `found` is everything that its
    files name, empty if an error ended the check, which is then among `findings`.
    """

    root: Path
    findings: Sequence[Finding]
    project: ProjectFiles | None = None
    found: Sequence[Found] = ()
    lockfile: Lockfile = field(default_factory=Lockfile)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What to check: *folder*, with the content of *unsaved* files.

    *dirty* are the files that changed since *previous*, whose results count for the
    projects that are not concerned. `None` checks everything.
    """

    folder: Path
    unsaved: Mapping[Path, bytes]
    dirty: frozenset[Path] | None = None
    previous: Sequence[ProjectCheck] = ()

    def known(self, root: Path) -> ProjectCheck | None:
        """Return the result for the project at *root*, if it still counts."""
        if self.dirty is None or any(path.name in _DECISIVE for path in self.dirty):
            return None
        if any(path.is_relative_to(root) for path in self.dirty):
            return None
        return next((check for check in self.previous if check.root == root), None)


def check_folder(request: CheckRequest, console: Console) -> list[ProjectCheck]:
    """Return the results for each project in the folder of *request*.

    Raises:
        UsageError: the project is around the folder, which alone may be read.
    """
    forget_links()
    folder = request.folder
    if (root := find_root(folder)) != folder:
        raise UsageError(
            f"the folder is part of the project `{root}`",
            hint="open that folder: imagelock reads nothing outside of the workspace",
        )
    try:
        top = _open(folder, request)
    except ImagelockError as error:
        return [_failed(folder, error, _settings_file(folder))]
    return [
        request.known(member.root) or _check(member, request, console)
        for member in members(top)
    ]


def _open(root: Path, request: CheckRequest) -> ProjectFiles:
    return ProjectFiles(
        root=root,
        config=config.load(root),
        cache=CacheUse.of_user(os.environ, LoggingConsole().trace),
        unsaved=_below(root, request.unsaved),
    )


def _below(root: Path, contents: Mapping[Path, bytes]) -> dict[PurePosixPath, bytes]:
    """Return those of *contents* that are below *root*, by their paths from there."""
    return {
        PurePosixPath(path.relative_to(root).as_posix()): data
        for path, data in contents.items()
        if path.is_relative_to(root)
    }


def _check(member: Member, request: CheckRequest, console: Console) -> ProjectCheck:
    try:
        project = member.open()
        project = replace(project, unsaved=_below(member.root, request.unsaved))
        scan = project.read()
        verdict = verify(project, console, VerifyOptions(timeout=None), scan)
        return ProjectCheck(
            root=member.root,
            project=project,
            findings=verdict.findings,
            found=scan.found,
            lockfile=project.lockfile() or Lockfile(),
        )
    except ImagelockError as error:
        return _failed(member.root, error, member.culprit(error))


def _settings_file(root: Path) -> PurePosixPath:
    """Return the file with the settings of the project at *root*, whatever is in it."""
    has_own = (root / config.FILE_NAME).exists()
    return PurePosixPath(config.FILE_NAME if has_own else PYPROJECT)


def _failed(root: Path, error: ImagelockError, path: PurePosixPath) -> ProjectCheck:
    """Return the *error* that ended a check as a finding in *path*, its culprit."""
    source = error.source
    is_there = error.file is None or PurePosixPath(error.file).name == path.name
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    message = str(error) if is_there else error.located
    finding = Finding(
        rule=Rule.UNREADABLE_FILE,
        severity=Rule.UNREADABLE_FILE.severity,
        message=message + notes,
        path=path,
        span=Span(0, 0, source.line, source.column)
        if source and is_there
        else FILE_START,
        hint=error.hint,
    )
    return ProjectCheck(root=root, findings=[finding])
