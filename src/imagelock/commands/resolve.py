"""Ask registries about many references concurrently."""

from __future__ import annotations

from collections import Counter, deque
from threading import Thread
from time import monotonic

from imagelock.dataclass import dataclass
from imagelock.errors import RegistryError
from imagelock.light_typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

JOBS: Final = 32
"""Items in flight, of one registry and of all; those that became slow do not count."""

_SLOW: Final = 2.0
"""Seconds after which an item is slow: its thread waits, and costs nothing."""
_MOST_JOBS: Final = 128
"""Threads, however many items are slow."""
_BETWEEN_SAVES: Final = 5.0
"""Seconds from the beginning, and from each save, to the next."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Registry(Protocol):
    """The questions of most commands. Each method raises `RegistryError`."""

    def digest(self, reference: Reference) -> Digest:
        """Return the digest that *reference* resolves to; `NotFoundError` if none."""
        ...

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image at *digest*, or the current one; its bytes were hashed."""
        ...

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether the repository still serves the content at *digest*."""
        ...


def map_concurrently(
    items: Iterable[Item],
    fetch: Callable[[Item], Answer],
    on_progress: Callable[[], None] = lambda: None,
    *,
    registry_of: Callable[[Item], str],
    save: Callable[[Mapping[Item, Answer | RegistryError]], None] = lambda _: None,
) -> dict[Item, Answer | RegistryError]:
    """Return the result of *fetch* for each item, or the error that replaces it.

    In the order of *items*; *on_progress* is called after each, by this thread. The
    registries, by *registry_of*, take turns, so that one that hangs does not keep
    the others waiting. An interruption ends it at once: items that have not begun
    are not fetched. *save* gets the answers so far, now and then and at an
    interruption, if there are new ones.
    """
    queue = list(dict.fromkeys(items))
    if not queue:
        return {}
    turns = _Turns(map(registry_of, queue))
    answers: dict[Item, Answer | RegistryError] = {}
    saves = _Saves(lambda: save(answers))
    workers = _Workers(lambda number: fetch(queue[number]))
    try:
        while len(answers) < len(queue):
            workers.start(turns.begin(monotonic()))
            # If all are slow by then, others may begin.
            ended = workers.wait(_SLOW)
            if ended is not None:
                number, answer = ended
                turns.end(number)
                answers[queue[number]] = answer
                on_progress()
            saves.save_if_due(len(answers), monotonic())
    except KeyboardInterrupt:
        saves.save(len(answers))
        raise
    finally:
        workers.stop()
    return {item: answers[item] for item in queue}


class _Saves:
    """Calls *save* when there is something new, at most every `_BETWEEN_SAVES`."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._saved = 0
        self._next = monotonic() + _BETWEEN_SAVES

    def save_if_due(self, count: int, now: float) -> None:
        """Save *count* answers, if it is time to."""
        if now >= self._next:
            self.save(count)
            self._next = monotonic() + _BETWEEN_SAVES

    def save(self, count: int) -> None:
        """Save *count* answers, unless they are saved already."""
        if count > self._saved:
            self._saved = count
            self._save()


class _Workers(Generic[Answer]):
    """Threads that call *fetch*; there are as many as items were in flight at once."""

    def __init__(self, fetch: Callable[[int], Answer]) -> None:
        from queue import SimpleQueue  # most runs have nothing to ask

        self._fetch = fetch
        self._begun: SimpleQueue[int | None] = SimpleQueue()
        self._ended: SimpleQueue[tuple[int, Answer | RegistryError | _Crash]] = (
            SimpleQueue()
        )
        self._threads = 0
        self._busy = 0

    def start(self, numbers: Iterable[int]) -> None:
        """Fetch the items *numbers*, each in a thread that has nothing to do."""
        for number in numbers:
            self._busy += 1
            self._begun.put(number)
            if self._threads < self._busy:
                self._threads += 1
                # A daemon: whatever ends the program need not wait for a silent server.
                name = f"fetch-{self._threads}"
                Thread(target=self._work, name=name, daemon=True).start()

    def wait(self, timeout: float) -> tuple[int, Answer | RegistryError] | None:
        """Return the next item that has ended and its answer.

        Return `None` if none has ended after *timeout* seconds. Any error of *fetch*
        but `RegistryError` is raised.
        """
        from queue import Empty

        try:
            number, answer = self._ended.get(timeout=timeout)
        except Empty:
            return None
        self._busy -= 1
        if isinstance(answer, _Crash):
            raise answer.error
        return number, answer

    def stop(self) -> None:
        """Let each thread end after the item that it fetches."""
        for _ in range(self._threads):
            self._begun.put(None)

    def _work(self) -> None:
        while (number := self._begun.get()) is not None:
            self._ended.put((number, self._answer(number)))

    def _answer(self, number: int) -> Answer | RegistryError | _Crash:
        try:
            return self._fetch(number)
        except RegistryError as error:
            return error
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            return _Crash(error)


@dataclass(frozen=True, slots=True)
class _Crash:
    """An error that is not about one item."""

    error: BaseException


class _Turns:
    """Decides which items may begin: by turns of their registries.

    An item is its index in *registries*, which are those of all items.
    """

    def __init__(self, registries: Iterable[str]) -> None:
        self._registry = list(registries)
        self._waiting: dict[str, deque[int]] = {}
        for number, registry in enumerate(self._registry):
            self._waiting.setdefault(registry, deque()).append(number)
        self._begun: dict[int, float] = {}
        self._running = Counter[str]()

    def begin(self, now: float) -> Iterator[int]:
        """Yield the items that may begin at *now*, in seconds."""
        slow = sum(begun <= now - _SLOW for begun in self._begun.values())
        room = min(JOBS + slow, _MOST_JOBS) - len(self._begun)
        while room > 0:
            free = [r for r in self._waiting if self._running[r] < JOBS]
            if not free:
                return
            for registry in free[:room]:
                yield self._take(registry, now)
            room -= len(free)

    def end(self, number: int) -> None:
        """Note that an item has ended."""
        del self._begun[number]
        self._running[self._registry[number]] -= 1

    def _take(self, registry: str, now: float) -> int:
        # At the end of the dictionary, the registry has its next turn last.
        numbers = self._waiting.pop(registry)
        number = numbers.popleft()
        if numbers:
            self._waiting[registry] = numbers
        self._begun[number] = now
        self._running[registry] += 1
        return number
