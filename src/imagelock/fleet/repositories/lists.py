"""Read lists of repositories: lines `LOCATION` or `NAME<TAB>LOCATION`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.fleet.repositories.repository import RepositoryTask, as_text

if TYPE_CHECKING:
    from pathlib import Path

_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^/]*@)?(?P<host>[^/]*)/(?P<path>.*)"
)
_SCP: Final = re.compile(r"(?:[^/@:\s]+@)?(?P<host>[^/:\s]{2,}):(?P<path>(?!/?:).*)")
"""`git@github.com:acme/shop.git`; a single letter is a drive of Windows."""
_HELPER: Final = re.compile(r"[A-Za-z0-9]+::")
_USER: Final = re.compile(r"(?<=://)[^/]*@")
_SSH_PASSWORD: Final = re.compile(r"(?<=://)([^/:@]*):[^/]*@")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that names no repository, and why."""

    source: str
    line: int
    reason: str


def read_list(
    text: str, source: str, folder: Path
) -> tuple[list[RepositoryTask], list[BadLine]]:
    """Return the repositories that the lines of *text* name, and the bad lines.

    Relative paths are those from *folder*. Empty lines, and those that begin with `#`,
    are left out.
    """
    tasks: dict[str, tuple[int, RepositoryTask]] = {}
    bad: list[BadLine] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            task = _task(line, source, folder)
        except ValueError as error:
            bad.append(BadLine(source, number, str(error)))
            continue
        first, known = tasks.setdefault(task.name, (number, task))
        if known != task:
            reason = f"`{task.name}` is another repository on line {first}"
            bad.append(BadLine(source, number, reason))
    return [task for _, task in tasks.values()], bad


def is_url(location: str) -> bool:
    """Return whether *location* is what git fetches, not a path on this machine."""
    if _URL.match(location) or _HELPER.match(location):
        return True
    return bool(_SCP.fullmatch(location)) and not os.path.exists(location)


def remote_task(url: str, source: str, name: str = "") -> RepositoryTask:
    """Return the task for the repository at *url*.

    Raises:
        ValueError: git must not be called with it.
    """
    if not url.isprintable():
        raise ValueError("the address has control characters")
    return RepositoryTask(
        source=source,
        name=name or _name_of(url),
        location=without_credentials(url),
        url=url,
    )


def host_of(task: RepositoryTask) -> str:
    """Return the host that is asked for the repository; empty for this machine."""
    match = task.url and (_URL.match(task.url) or _SCP.fullmatch(task.url))
    return match["host"] if match else ""


def without_credentials(url: str) -> str:
    """Return *url* without user and password, except for the user of ssh."""
    is_ssh = url.lower().startswith("ssh:")
    return _SSH_PASSWORD.sub(r"\1@", url) if is_ssh else _USER.sub("", url)


def without_secrets(task: RepositoryTask) -> RepositoryTask:
    """Return *task* without the credentials in its address."""
    return replace(task, url=task.url and without_credentials(task.url))


def _task(line: str, source: str, folder: Path) -> RepositoryTask:
    first, tab, rest = line.partition("\t")
    name, location = (first.strip(), rest) if tab else ("", first)
    location = location.strip("\r" if tab else None)
    if not location or (tab and not name):
        raise ValueError("expected a path or an address, or a name, a tab and either")
    if location.startswith("-"):
        raise ValueError(f"`{location}` is not a path or an address")
    if is_url(location):
        return remote_task(location, source, as_text(name))
    if "\0" in location:
        raise ValueError("a path has no NUL character")
    path = os.path.join(folder.absolute(), os.path.expanduser(location))
    return RepositoryTask(
        source=source,
        name=as_text(name or location),
        location=as_text(path),
        path=path,
    )


def _name_of(url: str) -> str:
    """Return host and path, the same for all ways to name a repository."""
    match = _URL.match(url) or _SCP.fullmatch(url)
    if match is None:
        return without_credentials(url)
    path = match["path"].strip("/").removesuffix(".git")
    return "/".join(filter(None, (match["host"].lower(), path)))
