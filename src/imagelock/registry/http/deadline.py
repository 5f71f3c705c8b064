"""When a run has asked for long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

SENT_AT: Final = "imagelock-began"
"""The extension of a request with the time, on the run's clock, that it was sent."""


class Deadline:
    """The moment that is *seconds* from now on *clock*, which counts seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Return the seconds until then; nothing is left at zero and below."""
        return self._end - self.clock()


def too_late() -> Failure:
    """Return the failure of a request that there was no time for."""
    hint = "run it again, or give it more seconds with `--timeout`"
    return Failure("the time of this run was up before it could be asked", hint=hint)


class DeadlineTransport(httpx.BaseTransport):
    """Another transport, which begins nothing after *deadline*.

    Nor does a request wait past it: *timeout* is the most seconds of each of its
    phases.
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
            Failure: there is none.
        """
        left = self._deadline.left()
        if left <= 0:
            raise too_late()
        request.extensions["timeout"] = httpx.Timeout(
            min(left, self._timeout)
        ).as_dict()
        request.extensions[SENT_AT] = self._deadline.clock()
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()
