"""Repositories to read, and what was read: values that any worker can be sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_text(path: str | bytes | os.PathLike[str]) -> str:
    r"""Return a path as text that every file and database takes.

    Bytes that are not UTF-8 are escaped: `caf\xe9`.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryTask:
    """A repository that is to be read.

    `source` is where it was named, and `name` what it is called there. Exactly one of
    `path` and `url` is given: a folder or a lockfile on this machine, or what git
    fetches; a `url` may have credentials, `location` has none. `revision` is the commit
    that was read before, and `blobs` are the ids of its lockfiles by their paths:
    what they say is known.
    """

    source: str
    name: str
    location: str
    path: str | None = None
    url: str | None = None
    revision: str | None = None
    blobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundLockfile:
    """A lockfile in a repository.

    `blob` is the id of its content in git. `data` is `None` if the task knows the
    blob, or if it cannot be read, for which `reason` says why.
    """

    path: str
    blob: str
    data: bytes | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryReading:
    """What a repository has, or the reason why it could not be read.

    `is_unchanged` is whether its commit is the one that the task knows: then there are
    no `lockfiles`. `is_host_silent` is whether the host could not be reached at all,
    so that asking it for other repositories is of no use.
    """

    task: RepositoryTask
    revision: str | None = None
    is_unchanged: bool = False
    lockfiles: tuple[FoundLockfile, ...] = ()
    reason: str | None = None
    hint: str | None = None
    is_host_silent: bool = False
