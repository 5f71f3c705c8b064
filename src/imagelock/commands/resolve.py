"""Ask registries about many references concurrently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from imagelock.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

JOBS: Final = 16
"""Threads for all registries; each registry has a limit of its own below that."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Registry(Protocol):
    """The questions of most commands. Each method raises `RegistryError`."""

    def digest(self, reference: Reference) -> Digest:
        """Return the digest that *reference* resolves to; `NotFoundError` if none."""
        ...

    def image(
        self, reference: Reference, digest: Digest, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image at *digest*, whose bytes were hashed."""
        ...

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether the repository still serves the content at *digest*."""
        ...


def map_concurrently(
    items: Iterable[Item],
    fetch: Callable[[Item], Answer],
    on_progress: Callable[[], None] = lambda: None,
) -> dict[Item, Answer | RegistryError]:
    """Return the result of *fetch* for each item, or the error that replaces it.

    In the order of *items*; *on_progress* is called after each. An interruption ends
    it at once: items that have not begun are not fetched.
    """
    from concurrent.futures import ThreadPoolExecutor  # slow to load

    def fetch_or_fail(item: Item) -> Answer | RegistryError:
        try:
            return fetch(item)
        except RegistryError as error:
            return error

    queue = list(items)
    pool = ThreadPoolExecutor(JOBS)
    try:
        answers = []
        for answer in pool.map(fetch_or_fail, queue):
            answers.append(answer)
            on_progress()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return dict(zip(queue, answers, strict=True))
