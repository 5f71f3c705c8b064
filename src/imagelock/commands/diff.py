"""Compare two lockfiles: `diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.lockfile.model import Lockfile
from imagelock.model.change import compare, with_bumps

if TYPE_CHECKING:
    from imagelock.model.change import Change
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True)
class LockDiff:
    """The changes between two lockfiles, sorted by reference, and the newer of them."""

    changes: tuple[Change, ...]
    lockfile: Lockfile


def diff(project: ProjectFiles, old: str = "HEAD", new: str | None = None) -> LockDiff:
    """Return the changes from *old* to *new*: files, or git revisions of the lockfile.

    Without *new*, it is the lockfile of *project*.

    Raises:
        ImagelockError: there is no such file or revision, or it is not a lockfile.
    """
    before = project.lockfile_at(old)
    after = project.lockfile_at(new) if new else project.lockfile() or Lockfile()
    return LockDiff(compare_lockfiles(before, after), after)


def compare_lockfiles(old: Lockfile, new: Lockfile) -> tuple[Change, ...]:
    """Return every change from *old* to *new*, sorted by reference.

    A reference that gave way to another tag of its repository is a single change.
    """
    keys = old.images.keys() | new.images.keys()
    changes = (compare(old.images.get(key), new.images.get(key)) for key in keys)
    return with_bumps(change for change in changes if change is not None)
