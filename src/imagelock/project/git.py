"""Questions to git: the files of a project, and their earlier content."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path, PurePosixPath

from imagelock import child_process
from imagelock.dataclass import dataclass
from imagelock.errors import UsageError
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.program_path import find_program
from imagelock.project.path_order import in_order
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.child_process import Completed

_REMOVED: Final = {
    # In a hook, git sets these to the repository and index of the commit in progress.
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    # These contradict GIT_LITERAL_PATHSPECS.
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
}
_DISARMED: Final = (
    # Settings of a repository that name a program. The repository may come from an
    # untrusted archive, or be committed as plain files.
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "log.showSignature=false"),  # else it runs `gpg.program`
    # Git 2.38 and newer: a folder without `.git` is no repository.
    *("-c", "safe.bareRepository=explicit"),
)
_NOT_OPENED: Final = rb"(?m)^warning: could not open directory '(.+?)/': (.+)$"
"""What git says of a folder that it cannot list (`dir.c`, `warn_once`)."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Files, sorted, and why git could not look into other folders."""

    files: list[PurePosixPath]
    unreadable: dict[PurePosixPath, str]


def files(folder: Path) -> Listing | None:
    """Return the files below *folder* that git tracks or would track.

    The paths are relative to *folder*. `None` if git cannot answer: there is no
    work tree, or no git.
    """
    if (place := in_work_tree(folder)) is None:
        return None
    top, below = place
    arguments = ("-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    done = _execute(top, "ls-files", *arguments, *(("--", below) if below else ()))
    if done is None or done.returncode:
        return None

    def relative(names: bytes) -> Iterator[str]:
        # Git lists a folder that became a file or a submodule by its own name.
        listed = os.fsdecode(names).split("\0")
        cut = (name[len(below) :] for name in listed if name.startswith(below))
        return filter(None, cut)

    return Listing(
        [*map(PurePosixPath, sorted(relative(done.stdout), key=in_order))],
        {
            path: f"cannot be read: {match[2].decode('utf-8', 'replace')}"
            for match in (re.finditer(_NOT_OPENED, done.stderr) if done.stderr else ())
            for path in map(PurePosixPath, relative(match[1]))
        },
    )


def revisions(folder: Path, name: str, most: int) -> list[str]:
    """Return the latest *most* commits that changed the file *name*, newest first.

    Empty if git cannot answer. *name* is relative to *folder*.
    """
    if (place := in_work_tree(folder)) is None:
        return []
    top, below = place
    options = ("--format=%H", f"--max-count={most}", "--no-ext-diff", "--no-textconv")
    listed = run(top, "log", *options, "--", below + name)
    return (listed or b"").decode("ascii", "replace").split()


def show(folder: Path, revision: str, name: str) -> bytes:
    """Return the content at *revision* of the file *name*, relative to *folder*.

    Raises:
        UsageError: git does not know the revision or the file.
    """
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is not a revision")
    place = in_work_tree(folder)
    content = place and run(
        place[0], "cat-file", "blob", f"{revision}:./{place[1]}{name}"
    )
    if content is None:
        raise UsageError(
            f"git has no `{name}` at `{revision}`",
            hint="name two lockfiles, or revisions in which `images.lock` is committed",
        )
    return content


def is_revision(folder: Path, name: str) -> bool:
    """Return whether git knows *name* as a commit."""
    place = in_work_tree(folder)
    arguments = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return place is not None and run(place[0], "rev-parse", *arguments) is not None


def has_file(folder: Path, revision: str, name: str) -> bool:
    """Return whether the file *name*, relative to *folder*, is in the commit *revision*."""
    place = in_work_tree(folder)
    if place is None or revision.startswith("-"):
        return False
    listed = run(place[0], "ls-tree", "--name-only", revision, place[1] + name)
    return bool(listed and listed.strip())


def setting(top: Path, name: str) -> str | None:
    """Return the value of the setting *name* of the repository, if it is set."""
    value = run(top, "config", "--local", "--get", name)
    return None if value is None else os.fsdecode(value).removesuffix("\n")


def configure(top: Path, name: str, value: str) -> bool:
    """Write a setting of the repository; return whether git did."""
    return run(top, "config", "--local", name, value) is not None


def attribute(top: Path, name: str, file: str) -> str | None:
    """Return what the attribute *name* of *file* is, as gitattributes decide it.

    *file* is relative to *top*, the top of the work tree. `None` where git cannot
    answer: there is no repository, or no git.
    """
    answer = run(top, "check-attr", "-z", name, "--", file)
    return None if answer is None else os.fsdecode(answer).split("\0")[2]


def merge_text(ours: Path, base: Path, theirs: Path) -> bool:
    """Merge lines into the file *ours* as git does; return whether nothing conflicts."""
    names = ("-L", "ours", "-L", "base", "-L", "theirs")
    files_ = (str(path.absolute()) for path in (ours, base, theirs))
    folder = ours.absolute().parent
    place = in_work_tree(folder)
    top = place[0] if place else folder
    return run(top, "merge-file", *names, *files_) is not None


def command_line(folder: Path, *arguments: str) -> list[str]:
    """Return the command that runs git in *folder*.

    With `environment()`, nothing that the settings of the repository name is run, and
    nothing is fetched.

    Raises:
        FileNotFoundError: git is not installed.
    """
    program = find_program("git", os.environ)
    if program is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "git")
    return [program, *_DISARMED, "-C", str(folder), *arguments]


def environment(protocols: str = "none") -> dict[str, str]:
    """Return the variables with which git runs.

    What the user's own environment says (`GIT_CONFIG_COUNT`) stays. *protocols* are
    those by which git may fetch, separated by colons.
    """
    return {
        # A partial clone fetches what is missing, by a program that it names. There
        # is no protocol `none`, so that all are forbidden.
        "GIT_ALLOW_PROTOCOL": protocols,
        **{k: v for k, v in os.environ.items() if k not in _REMOVED},
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def in_work_tree(folder: Path) -> tuple[Path, str] | None:
    """Return the top of the work tree, and the path of *folder* below it.

    The path is empty or ends with `/`. `None` if *folder* is in no work tree.

    Git itself would take *folder* for a repository if files named `HEAD`, `config`
    and `refs` are in it, and these can be committed. Nobody can commit a `.git`, so
    that git is run where that is.
    """
    real = Path(os.path.realpath(folder))  # where `git -C` would be, too
    if (top := work_tree(real)) is None:
        return None
    below = real.relative_to(top).as_posix()
    return top, "" if below == "." else f"{below}/"


def run(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints, or `None` if it fails or is not installed."""
    done = _execute(folder, *arguments)
    return None if done is None or done.returncode else done.stdout


def _execute(folder: Path, *arguments: str) -> Completed | None:
    """Run git; return `None` if it is not installed."""
    try:
        return child_process.run(command_line(folder, *arguments), environment())
    except OSError:
        return None
