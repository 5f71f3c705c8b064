"""Which repositories of a fleet are updated now, and in which jobs of a CI system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class UpdateJob:
    """Repositories that a job updates after each other; `number` is from 1."""

    number: int
    repositories: Sequence[str]

    @property
    def title(self) -> str:
        """Return what the job is called: the repository, or its number."""
        first = self.repositories[0]
        return first if len(self.repositories) == 1 else f"part {self.number}"


def left_for_later(
    repositories: Iterable[str], limit: int | None, opened: Collection[str] = ()
) -> tuple[str, ...]:
    """Return those of *repositories* that are not updated now, sorted.

    Those in *opened* have a request already: it is refreshed, and counts. Others follow
    until *limit* requests are open; all of them if it is `None`.
    """
    others = sorted({*repositories}.difference(opened))
    return () if limit is None else tuple(others[max(0, limit - len(opened)) :])


def in_jobs(repositories: Sequence[str], most: int) -> list[UpdateJob]:
    """Return *repositories* in at most *most* jobs, which have the same size or nearly."""
    count = min(most, len(repositories))
    return [
        UpdateJob(number, repositories[number - 1 :: count])
        for number in range(1, count + 1)
    ]
