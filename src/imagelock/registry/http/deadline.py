"""The deadline of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http.failure import OutOfTime
from imagelock.registry.http.transport import LARGEST, LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.http.bounded_network import RequestBounds

SENT_AT: Final = "imagelock-began"
"""The request extension with the time, on the run's clock, when it was sent."""


PHASES: Final = 2
"""How many times the timeout of one phase a request may take."""

LONGEST_CONNECT: Final = 10.0
"""Seconds to connect: a server that is there accepts sooner, however busy it is."""

_MOST_FRAMING: Final = 12 * 1024 * 1024
"""Bytes on the wire beside those of an answer: its chunks may be small."""


class Deadline:
    """The moment *seconds* from now on *clock*, which counts seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self.clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds until the deadline; zero or less once it has passed."""
        return self._end - self.clock()


class DeadlineTransport(httpx.BaseTransport):
    """A transport whose requests end, at the latest, at *deadline*.

    *timeout* is the maximum, in seconds, for each phase of a request: to send, and to
    receive the next bytes; to connect, also `LONGEST_CONNECT`. All phases together
    may take `PHASES` times that. *bounds* make the network comply.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        deadline: Deadline,
        timeout: float,
        bounds: RequestBounds,
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._timeout = timeout
        self._bounds = bounds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*, if there is time; read the response in the same thread.

        Raises:
            OutOfTime: the deadline has passed.
            RequestTimeout: it passed before the response was complete; it may be
                raised while that is read.
        """
        remaining = self._deadline.remaining()
        if remaining <= 0:
            raise OutOfTime(self._deadline.seconds)
        phase = min(remaining, self._timeout)
        request.extensions["timeout"] = httpx.Timeout(
            phase, connect=min(phase, LONGEST_CONNECT)
        ).as_dict()
        request.extensions[SENT_AT] = self._deadline.clock()
        self._bounds.begin(min(remaining, PHASES * self._timeout))
        response = self._inner.handle_request(request)
        largest = request.extensions.get(LIMIT, LARGEST)
        self._bounds.begin_body(largest + _MOST_FRAMING)
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()
