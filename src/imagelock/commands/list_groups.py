"""Count the references of each format, image or registry: `list --by`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from imagelock.commands.list import STATUSES
from imagelock.dataclass import dataclass, field
from imagelock.errors import UsageError, did_you_mean
from imagelock.model.occurrence import Judgement, Occurrence, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from imagelock.commands.list import ReferenceStatus

FORMAT: Final = "format"
IMAGE: Final = "image"
REGISTRY: Final = "registry"
GROUPINGS: Final = (FORMAT, IMAGE, REGISTRY)
"""What references can be counted by."""


@dataclass(slots=True)
class ReferenceGroup:
    """References and skipped values that have something in common.

    `statuses` counts them by the names in `STATUSES`.
    """

    name: str
    files: set[PurePosixPath] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, int]:
        """The number of files, of places, and of those with each status."""
        statuses = {status: self.statuses[status] for status in STATUSES}
        return {
            "files": len(self.files),
            "places": self.statuses.total(),
            **statuses,
        }

    def add(self, row: ReferenceStatus) -> None:
        """Count *row*."""
        self.files.add(row.found.place.path)
        self.statuses[row.status] += 1


def check_grouping(by: str) -> None:
    """Check that references can be counted by *by*.

    Raises:
        UsageError: they cannot.
    """
    if by not in GROUPINGS:
        hint = did_you_mean(by, GROUPINGS) or f"use one of {', '.join(GROUPINGS)}"
        raise UsageError(f"references cannot be counted by `{by}`", hint=hint)


def group_references(
    rows: Iterable[ReferenceStatus], by: str
) -> tuple[list[ReferenceGroup], ReferenceGroup]:
    """Return the groups of *rows* in the order of their names, and all together.

    What is no image, but named like it, does not count. Without a reference, a value
    has no image and no registry: it counts in the total alone.
    """
    total = ReferenceGroup("")
    groups: dict[str, ReferenceGroup] = {}
    for row in rows:
        found = row.found
        if isinstance(found, Skipped) and (
            found.reason.judgement is Judgement.INTERNAL
        ):
            continue
        total.add(row)
        if (name := _name(row, by)) is not None:
            groups.setdefault(name, ReferenceGroup(name)).add(row)
    return [groups[name] for name in sorted(groups)], total


def _name(row: ReferenceStatus, by: str) -> str | None:
    found = row.found
    if by == FORMAT:
        return found.place.format
    if not isinstance(found, Occurrence):
        return None
    # Values of the environment stay as they are written until an image is locked.
    if row.image is None and found.as_written:
        return found.as_written if by == IMAGE else None
    key = found.reference.key
    return key.familiar if by == IMAGE else key.registry
