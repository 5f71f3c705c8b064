"""Let git fetch the lockfiles of a repository elsewhere, and nothing else of it.

A partial clone of a single commit has its folders, and gets each lockfile when it is
read. git uses the credentials that it has; an address with credentials is in a file
that only the user can read, and not on a command line.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imagelock.fleet.repositories.git import read_git_repository
from imagelock.fleet.repositories.lists import without_credentials
from imagelock.fleet.repositories.repository import RepositoryReading
from imagelock.project import git

if TYPE_CHECKING:
    from imagelock.fleet.repositories.repository import RepositoryTask

_PROTOCOLS: Final = "https:http:ssh:git:file"
_LONGEST_WAIT: Final = 120.0
"""In seconds, for each command of git."""
_LONGEST_REASON: Final = 200
_SILENT: Final = re.compile(
    "Could not resolve host|Failed to connect|Connection refused|timed out|No route to"
    "|Connection reset|Network is unreachable|Name or service not known"
)
"""What git, curl and ssh say of a host that cannot be reached."""
_BRANCH: Final = "refs/heads/head"


class _FetchError(Exception):
    """Git could not fetch; the message is what it printed."""


def read_remote_repository(task: RepositoryTask) -> RepositoryReading:
    """Return the lockfiles in the commit `HEAD` of the repository at the task's URL."""
    with tempfile.TemporaryDirectory(prefix="imagelock-") as folder:
        top = Path(folder)
        try:
            _prepare(top, task.url or "")
            revision = _head(top)
            if revision is None:
                return RepositoryReading(task=task)
            if revision == task.revision:
                return RepositoryReading(
                    task=task, revision=revision, is_unchanged=True
                )
            _git(top, "fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none",
                 "origin", f"+HEAD:{_BRANCH}")  # fmt: skip
        except _FetchError as error:
            text = str(error)
            return RepositoryReading(
                task=task, reason=text, is_host_silent=bool(_SILENT.search(text))
            )
        return read_git_repository(task, top, _PROTOCOLS)


def _prepare(top: Path, url: str) -> None:
    """Make an empty repository in *top* whose `origin` is at *url*."""
    _git(top, "init", "--quiet", "--bare", "--template=", ".")
    (top / "HEAD").write_text(f"ref: {_BRANCH}\n", encoding="ascii")
    escaped = url.replace("\\", "\\\\").replace('"', '\\"')
    with (top / "config").open("a", encoding="utf-8") as file:
        file.write(
            f'[remote "origin"]\n\turl = "{escaped}"\n\tpromisor = true\n'
            "\tpartialclonefilter = blob:none\n"
            "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
        )


def _head(top: Path) -> str | None:
    """Return the commit at `HEAD`, or `None` of an empty repository."""
    if listed := _git(top, "ls-remote", "origin", "HEAD"):
        return listed.decode("ascii", "replace").split()[0]
    if _git(top, "ls-remote", "origin"):
        raise _FetchError("its `HEAD` names a branch without a commit")
    return None


def _git(top: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            git.command_line(top, "--git-dir=.", *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=_environment(),
            timeout=_LONGEST_WAIT,
        )
    except FileNotFoundError:
        raise _FetchError("git is not installed") from None
    except subprocess.TimeoutExpired:
        message = f"git timed out after {_LONGEST_WAIT:.0f} seconds"
        raise _FetchError(message) from None
    if done.returncode:
        raise _FetchError(_reason(done.stderr.decode("utf-8", "replace")))
    return done.stdout


def _environment() -> dict[str, str]:
    variables = git.environment(_PROTOCOLS)
    if not variables.keys() & {"GIT_SSH", "GIT_SSH_COMMAND"}:
        # Nobody answers a question among thousands of repositories.
        variables["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    return variables


def _reason(text: str) -> str:
    """Return the line of what git printed that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = next((line for line in lines if line.startswith("fatal: ")), "")
    line = first or (lines[-1] if lines else "git failed, and printed nothing")
    line = without_credentials(line.removeprefix("fatal: "))
    return f"git: {line[:_LONGEST_REASON]}"
