"""Keep to the number of requests that the settings allow each host."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http.failure import Failure
from imagelock.registry.http.request_log import discard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.config.registries import HostSettings
    from imagelock.registry.http.deadline import Deadline
    from imagelock.registry.http.pull_window import PullWindow
    from imagelock.registry.http.request_log import RequestLog
    from imagelock.registry.http.retry import Clock

_MINUTE: Final = 60.0


class BudgetTransport(httpx.BaseTransport):
    """A transport that sends each host as many requests as *hosts* allow; thread-safe.

    A request waits for its minute, if that is before the *deadline*. The pulls of six
    hours are counted in *window*, for all runs of the user; one that is too many fails.
    Other hosts go on meanwhile. Each try of a request counts.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        hosts: Mapping[str, HostSettings],
        deadline: Deadline,
        clock: Clock,
        window: PullWindow,
        log: RequestLog = discard,
    ) -> None:
        self._inner = inner
        self._hosts = hosts
        self._deadline = deadline
        self._clock = clock
        self._window = window
        self._log = log
        self._minutes = {
            name: _Minutes(host.requests_per_minute, clock.monotonic)
            for name, host in hosts.items()
            if host.requests_per_minute is not None
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* when the budget of its host allows it.

        Raises:
            Failure: it does not, before the run ends.
        """
        name = request.url.netloc.decode("ascii")
        if minutes := self._minutes.get(name):
            self._wait(minutes, request)
        host = self._hosts.get(name)
        if host and host.pulls_per_6h is not None and _is_pull(request):
            self._window.take(name, host.pulls_per_6h)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _wait(self, minutes: _Minutes, request: httpx.Request) -> None:
        wait = minutes.take(self._deadline.remaining())
        if wait is None:
            raise Failure(
                f"the settings allow {minutes.most} requests a minute, and the run"
                " ends before its turn",
                hint="run it again to go on from there, or raise `--timeout`",
            )
        if wait > 0:
            what = f"{request.method} {request.url.path}"
            self._log(f"{what} waiting {wait:.1f} s: `requests-per-minute`")
            self._clock.sleep(wait)


class _Minutes:
    """The requests to a host in any minute, *most* of them; *now* counts seconds."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self.most = most
        self._now = now
        self._turns: deque[float] = deque(maxlen=most)
        self._lock = threading.Lock()

    def take(self, longest: float) -> float | None:
        """Return the seconds until the turn of another request.

        `None` if that is *longest* or more: then it has no turn.
        """
        with self._lock:
            now = self._now()
            turn = now
            if len(self._turns) == self.most:
                turn = max(now, self._turns[0] + _MINUTE)
            if turn > now and turn - now >= longest:
                return None
            self._turns.append(turn)
            return turn - now


def _is_pull(request: httpx.Request) -> bool:
    """Return whether Docker Hub counts *request* as a pull (docs.docker.com).

    That is a `GET` of a manifest; `HEAD` and blobs are not counted.
    """
    return request.method == "GET" and "/manifests/" in request.url.path
