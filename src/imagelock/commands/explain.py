"""Look up what changed inside the images that moved."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, Protocol

from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.model.change import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.model.change import Change
    from imagelock.model.image_details import ImageDiff

MOVED: Final = frozenset(
    {
        ChangeKind.CONTENT,
        ChangeKind.ROLLBACK,
        ChangeKind.TAG_BUMPED,
        ChangeKind.KIND_CHANGED,
    }
)
"""The changes that have more details than digests."""


class Inspector(Protocol):
    """The question about a change."""

    def details(self, change: Change, *, requests: int) -> ImageDiff | None:
        """Return what changed, at the cost of at most so many *requests*."""
        ...


def explain(
    changes: Sequence[Change],
    registry: Inspector,
    requests: int,
    on_progress: Callable[[], None],
) -> tuple[Change, ...]:
    """Return *changes*, those that moved with their details.

    Each costs at most *requests*, and the others none. Details that cannot be looked
    up are left out: the change itself is known.
    """
    moved = [change for change in changes if change.kind in MOVED]
    answers = map_concurrently(
        moved,
        lambda change: registry.details(change, requests=requests),
        on_progress,
        registry_of=attrgetter("reference.registry"),
    )
    return tuple(_with(change, answers.get(change)) for change in changes)


def _with(change: Change, answer: ImageDiff | RegistryError | None) -> Change:
    if answer is None or isinstance(answer, RegistryError):
        return change
    return replace(change, details=answer)
