"""Ask registries about many references at one time."""

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
    """What the verbs ask of registries. Each method raises `RegistryError`."""

    def digest(self, reference: Reference) -> Digest:
        """Return what *reference* stands for right now; `NotFoundError` if nothing."""
        ...

    def image(
        self, reference: Reference, digest: Digest, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image at *digest*, whose bytes were hashed."""
        ...

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Tell whether the repository still has the content at *digest*."""
        ...


def ask(
    items: Iterable[Item],
    question: Callable[[Item], Answer],
    advance: Callable[[], None],
) -> dict[Item, Answer | RegistryError]:
    """Return the answer for each item, or the error that stands in its place.

    In the order of *items*; *advance* is called after each. An interruption ends
    it at once: what has not begun is not asked any more.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to load

    def one(item: Item) -> Answer | RegistryError:
        try:
            return question(item)
        except RegistryError as error:
            return error

    asked = list(items)
    pool = ThreadPoolExecutor(JOBS)
    try:
        answers = []
        for answer in pool.map(one, asked):
            answers.append(answer)
            advance()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return dict(zip(asked, answers, strict=True))
