"""The deadline of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

SENT_AT: Final = "imagelock-began"
"""The request extension with the time, on the run's clock, when it was sent."""


class Deadline:
    """The moment *seconds* from now on *clock*, which counts seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds until the deadline; zero or less once it has passed."""
        return self._end - self.clock()


class DeadlineTransport(httpx.BaseTransport):
    """A transport that sends nothing after *deadline*.

    No request waits past it either: *timeout* is the maximum, in seconds, for each
    phase of a request.
    """

    def __init__(
        self, inner: httpx.BaseTransport, deadline: Deadline, timeout: float
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*, if there is time.

        Raises:
            Failure: the deadline has passed.
        """
        remaining = self._deadline.remaining()
        if remaining <= 0:
            hint = "run it again, or give it more seconds with `--timeout`"
            raise Failure("the run ran out of time before it was asked", hint=hint)
        request.extensions["timeout"] = httpx.Timeout(
            min(remaining, self._timeout)
        ).as_dict()
        request.extensions[SENT_AT] = self._deadline.clock()
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()
