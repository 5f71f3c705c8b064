"""Look up what changed inside the images that moved."""

from __future__ import annotations

from operator import attrgetter

from imagelock.commands.resolve import map_concurrently
from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.model.change import ChangeKind, with_rollbacks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.commands.console import Console
    from imagelock.model.change import Change
    from imagelock.model.image_details import ImageDiff
    from imagelock.project.project_files import ProjectFiles

_MOVED: Final = frozenset(
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
        """Return what changed, with at most *requests* requests."""
        ...


def explain(
    project: ProjectFiles,
    changes: Sequence[Change],
    registry: Inspector,
    requests: int,
    console: Console,
) -> tuple[Change, ...]:
    """Return *changes* with the rollbacks that git knows, and with details.

    The details of an image that moved cost at most *requests* requests.
    """
    if any(change.kind is ChangeKind.CONTENT for change in changes):
        changes = with_rollbacks(changes, project.earlier_digests())
    count = sum(change.kind in _MOVED for change in changes)
    if not count or not requests:
        return tuple(changes)
    with console.progress("Looking at what changed", count) as advance:
        return with_details(changes, registry, requests, advance)


def with_details(
    changes: Sequence[Change],
    registry: Inspector,
    requests: int,
    on_progress: Callable[[], None],
) -> tuple[Change, ...]:
    """Return *changes*, those that moved with their details.

    Each costs at most *requests*, and the others none. Details that cannot be looked
    up are left out: the change itself is known.
    """
    moved = [change for change in changes if change.kind in _MOVED]
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
