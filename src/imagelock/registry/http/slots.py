"""How many requests a host gets at one time."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST: Final = 8
"""Requests at one time to a host that has not answered yet."""

_FEWEST: Final = 1
_SLOWER: Final = 3
"""A host is overloaded if its answers take this many times as long as its fastest."""

_NOISE: Final = 0.25
"""Seconds by which answers may be slower in any case."""


@dataclass(slots=True)
class SlotUse:
    """The use of a slot; who sends the request notes what its answer shows."""

    is_overload: bool = False


class HostSlots:
    """Slots for the requests to one host, *most* at one time; thread-safe.

    There are few at first, and each answer adds one. When the host answers that there
    are too many, or takes much longer than before, half of them go; from then on a
    round of answers adds one. TCP finds the capacity of a network in the same way
    (RFC 5681, 3.1). *clock* counts seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = max(most, _FEWEST)
        self._clock = clock
        self._count = float(min(FIRST, self._most))
        self._used = 0
        self._is_starting = True
        self._sent_before = 0
        """How many answers are still to come of requests from before it was halved."""
        self._fastest = float("inf")
        self._average = 0.0
        self._free = threading.Condition()

    @property
    def count(self) -> int:
        """How many requests may be under way now."""
        return int(self._count)

    @contextmanager
    def take(self) -> Iterator[SlotUse]:
        """Wait for a slot, and give it back at the end with what the answer shows.

        A request that raises an error counts neither way.
        """
        with self._free:
            while self._used >= self.count:
                self._free.wait()
            self._used += 1
        begin = self._clock()
        use = SlotUse()
        try:
            yield use
            self._learn(use, self._clock() - begin)
        finally:
            self._give_back()

    def _give_back(self) -> None:
        with self._free:
            self._used -= 1
            # At most two, as an answer may add a slot: to wake all threads that wait
            # takes them longer than what they wait for.
            self._free.notify(2)

    def _learn(self, use: SlotUse, seconds: float) -> None:
        with self._free:
            self._fastest = min(self._fastest, seconds)
            self._average += (seconds - self._average) / (8 if self._average else 1)
            self._sent_before -= 1
            if use.is_overload or self._is_slow():
                if self._sent_before <= 0:
                    self._sent_before = self._used
                    self._count = max(self._count / 2, _FEWEST)
                self._is_starting = False
                self._average = 0.0
                return
            step = 1 if self._is_starting else 1 / self._count
            self._count = min(self._count + step, self._most)

    def _is_slow(self) -> bool:
        # With few requests at one time, it is not their number that makes them slow.
        limit = _SLOWER * self._fastest + _NOISE
        return self._count >= 2 * FIRST and self._average > limit
