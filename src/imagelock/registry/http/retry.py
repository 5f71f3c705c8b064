"""Retry requests that may succeed in a moment, and wait when a server asks to."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import dataclass
from imagelock.registry.http.deadline import SENT_AT, Deadline
from imagelock.registry.http.failure import OutOfTime, RequestTimeout, causes
from imagelock.registry.http.headers import LONGEST_WAIT, quota_of, retry_after
from imagelock.registry.http.request_log import discard, redact_url, request_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.registry_status import Quota
    from imagelock.registry.http.request_log import RequestLog

    RequestOutcome = httpx.Response | httpx.TransportError

TRIES: Final = 4

_FIRST_DELAY: Final = 0.5
_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
_ERRORS: Final = (
    httpx.NetworkError,
    httpx.TimeoutException,
    httpx.RemoteProtocolError,
)
_NO_CONNECTION: Final = (httpx.ConnectError, httpx.ConnectTimeout)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, to be replaced in tests.

    `monotonic` returns seconds since any moment, `wall` seconds since 1970, and
    `jitter` a number from 0 up to but not including 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


def delays(jitter: Callable[[], float]) -> Iterator[float]:
    """Yield the seconds to wait before each retry.

    "Full jitter": each is anything up to a bound that doubles, so that clients
    which failed together do not come back together.
    """
    for number in range(TRIES - 1):
        yield jitter() * _FIRST_DELAY * 2**number


class RetryTransport(httpx.BaseTransport):
    """A transport that sends each request up to `TRIES` times; thread-safe.

    Each request of this package may be repeated: it only reads, or asks for a
    token. *inner* reads a response to its end, since that can fail to arrive, too.

    When a host asks to wait, its other requests wait as well. A host that cannot be
    connected to in all tries is not tried again in this run, nor one that answers
    neither these tries in time nor any other request meanwhile. One that has not
    answered anything yet gets tries for *patience* seconds only.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        deadline: Deadline,
        clock: Clock,
        patience: float,
        log: RequestLog = discard,
    ) -> None:
        self.limits: dict[str, Quota] = {}
        self._inner = inner
        self._deadline = deadline
        self._clock = clock
        self._patience = patience
        self._log = log
        self._pauses: dict[str, float] = {}
        self._unreachable: dict[str, httpx.TransportError] = {}
        self._answers = Counter[str]()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to *request*, read: that of the last try.

        Raises:
            httpx.TransportError: the last try got no response.
            OutOfTime: the deadline passed before a try, or before the answer of a
                host that answers other requests was complete.
        """
        waits = delays(self._clock.jitter)
        origin = _origin(request)
        answers = self._answers[origin]
        began = self._clock.monotonic()
        attempt = 0
        while True:
            attempt += 1
            self._wait_for_host(request)
            self._raise_if_unreachable(request)
            outcome = self._try_once(request)
            is_silent = self._was_silent_since(began, origin)
            delay = None if is_silent else next(waits, None)
            wait = self._seconds_to_retry(outcome, delay)
            self._log_try(request, outcome, attempt, wait)
            if wait is None:
                break
            self._pause(request, outcome, wait)
        if isinstance(outcome, httpx.Response):
            return outcome
        if self._was_cut_short(outcome, began, origin):
            raise OutOfTime(self._deadline.seconds) from outcome
        was_last = attempt == TRIES or is_silent or isinstance(outcome, RequestTimeout)
        if was_last and _is_dead(outcome, self._answers[origin] - answers):
            self._unreachable[origin] = outcome
        raise outcome

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _try_once(self, request: httpx.Request) -> RequestOutcome:
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError as error:
            return error
        with self._lock:
            self._answers[_origin(request)] += 1
        if quota := quota_of(response):
            self.limits[_host(request)] = quota
        return response

    def _seconds_to_retry(
        self, outcome: RequestOutcome, delay: float | None
    ) -> float | None:
        """Return the seconds to wait before a retry, or `None` for no retry."""
        if delay is None or not _is_transient(outcome):
            return None
        wait = self._retry_after(outcome)
        wait = delay if wait is None else wait
        if wait > LONGEST_WAIT or wait >= self._deadline.remaining():
            return None
        return wait

    def _was_silent_since(self, began: float, origin: str) -> bool:
        """Return whether *origin* never answered, and had enough time since *began*."""
        waited = self._clock.monotonic() - began
        return not self._answers[origin] and waited >= self._patience

    def _was_cut_short(
        self, outcome: httpx.TransportError, began: float, origin: str
    ) -> bool:
        """Return whether the deadline, and no silence of *origin*, is the cause."""
        waited = self._clock.monotonic() - began
        is_alive = self._answers[origin] > 0 and waited < self._patience
        has_ended = self._deadline.remaining() <= 0
        return isinstance(outcome, RequestTimeout) and has_ended and is_alive

    def _retry_after(self, outcome: RequestOutcome) -> float | None:
        if isinstance(outcome, httpx.TransportError):
            return None
        return retry_after(outcome, self._clock.wall())

    def _pause(
        self, request: httpx.Request, outcome: RequestOutcome, wait: float
    ) -> None:
        """Make this request wait, or every request to a host that asked for it."""
        if self._retry_after(outcome) is None and not _is_rate_limit(outcome):
            self._clock.sleep(wait)
            return
        until = self._clock.monotonic() + wait
        with self._lock:
            host = _host(request)
            self._pauses[host] = max(until, self._pauses.get(host, until))

    def _wait_for_host(self, request: httpx.Request) -> None:
        """Wait as long as the host has asked any request to: never past the deadline."""
        host = _host(request)
        # While this thread sleeps, another may be asked to wait for longer.
        while (wait := self._pauses.get(host, 0.0) - self._clock.monotonic()) > 0:
            what = f"{request.method} {redact_url(request.url)}"
            self._log(f"{what} waiting {wait:.1f} s: the host asked for a pause")
            self._clock.sleep(wait)

    def _raise_if_unreachable(self, request: httpx.Request) -> None:
        if error := self._unreachable.get(_origin(request)):
            kind = (
                httpx.ReadTimeout if isinstance(error, RequestTimeout) else type(error)
            )
            raise kind(str(error), request=request) from error

    def _log_try(
        self,
        request: httpx.Request,
        outcome: RequestOutcome,
        attempt: int,
        wait: float | None,
    ) -> None:
        now = self._clock.monotonic()
        seconds = now - request.extensions.get(SENT_AT, now)
        text = request_line(request, outcome, seconds=seconds, attempt=attempt)
        if wait is not None:
            text += f", retrying in {wait:.1f} s"
        self._log(text)


def _host(request: httpx.Request) -> str:
    return request.url.netloc.decode("ascii")


def _origin(request: httpx.Request) -> str:
    """Return scheme and host of *request*: a host may answer on only one scheme."""
    return f"{request.url.scheme}://{_host(request)}"


def _is_dead(error: httpx.TransportError, answers: int) -> bool:
    """Return whether to give up a host after *error* in all tries of a request.

    *answers* is the number of its answers to other requests meanwhile: one slow
    repository says nothing about the rest of the host.
    """
    is_silent = isinstance(error, httpx.TimeoutException) and not answers
    return is_silent or isinstance(error, _NO_CONNECTION)


def _is_transient(outcome: RequestOutcome) -> bool:
    """Return whether a retry may have another outcome."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in _STATUSES
    if isinstance(outcome, RequestTimeout):
        return False  # it would be as slow again
    return isinstance(outcome, _ERRORS) and not any(map(_is_permanent, causes(outcome)))


def _is_permanent(error: BaseException) -> bool:
    """Return whether *error* is about a certificate, TLS, or an unknown host name."""
    if isinstance(error, ssl.SSLError):
        return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN


def _is_rate_limit(outcome: RequestOutcome) -> bool:
    """Return whether the server limits requests.

    Docker Hub has answered so with header lines that are not HTTP
    (github.com/docker/hub-feedback/issues/1907).
    """
    if isinstance(outcome, httpx.Response):
        return outcome.status_code == httpx.codes.TOO_MANY_REQUESTS
    malformed = isinstance(outcome, httpx.RemoteProtocolError)
    return malformed and "header" in str(outcome)
