"""Try again what may work in a moment, and wait when a server asks for it."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http import rate_limit, request_log, retry_after
from imagelock.registry.http.deadline import SENT_AT, Deadline
from imagelock.registry.http.failure import causes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.registry_status import Quota
    from imagelock.registry.http.request_log import Log

    LockResult = httpx.Response | httpx.TransportError

TRIES: Final = 4
LONGEST_WAIT: Final = 60.0
"""Seconds; whoever asks for more, as Docker Hub's pull limit, is not waited for."""

_FIRST_DELAY: Final = 0.5
_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
_ERRORS: Final = (
    httpx.NetworkError,
    httpx.TimeoutException,
    httpx.RemoteProtocolError,
)
_NO_CONNECTION: Final = (httpx.ConnectError, httpx.ConnectTimeout)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waiting needs of the world.

    `clock` counts seconds from any start, `wall` since 1970; `chance` returns a
    number from 0 up to 1.
    """

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


def delays(chance: Callable[[], float]) -> Iterator[float]:
    """Yield the seconds before each further try.

    "Full jitter": each is anything up to a bound that doubles, so that clients
    which failed together do not come back together.
    """
    for number in range(TRIES - 1):
        yield chance() * _FIRST_DELAY * 2**number


class RetryTransport(httpx.BaseTransport):
    """Another transport, whose requests get several tries; for many threads.

    Each request of this package may be repeated: it only reads, or asks for a
    token. An answer is read whole, since its end can fail to arrive, too.

    When a host asks to wait, its other requests wait as well. A host that could
    not be reached in all tries is not tried again in this run.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        deadline: Deadline,
        waiting: Waiting,
        log: Log = request_log.silent,
    ) -> None:
        self.limits: dict[str, Quota] = {}
        self._inner = inner
        self._deadline = deadline
        self._waiting = waiting
        self._log = log
        self._pauses: dict[str, float] = {}
        self._dead: dict[str, httpx.TransportError] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to *request*, read: that of the last try.

        Raises:
            httpx.TransportError: the last try got none.
            Failure: the time of the run was up before a try.
        """
        waits = delays(self._waiting.chance)
        attempt = 0
        while True:
            attempt += 1
            self._pause(request)
            self._give_up_on_the_dead(request)
            outcome = self._tried(request)
            wait = self._wait(outcome, next(waits, None))
            self._tell(request, outcome, attempt, wait)
            if wait is None:
                break
            self._rest(request, outcome, wait)
        if isinstance(outcome, httpx.Response):
            return outcome
        if attempt == TRIES and isinstance(outcome, _NO_CONNECTION):
            self._dead[_server(request)] = outcome
        raise outcome

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()

    def _tried(self, request: httpx.Request) -> LockResult:
        try:
            response = self._inner.handle_request(request)
            try:
                response.read()
            finally:
                response.close()
        except httpx.TransportError as error:
            return error
        if limit := rate_limit.read(response):
            self.limits[_host(request)] = limit
        return response

    def _wait(self, outcome: LockResult, delay: float | None) -> float | None:
        """Return the seconds to wait before another try, or that there is none."""
        if delay is None or not _may_pass(outcome):
            return None
        wait = self._asked(outcome)
        wait = delay if wait is None else wait
        if wait > LONGEST_WAIT or wait >= self._deadline.left():
            return None
        return wait

    def _asked(self, outcome: LockResult) -> float | None:
        if isinstance(outcome, httpx.TransportError):
            return None
        return retry_after.read(outcome, self._waiting.wall())

    def _rest(self, request: httpx.Request, outcome: LockResult, wait: float) -> None:
        """Wait alone, or have every request to the host wait."""
        if self._asked(outcome) is None and not _is_limit(outcome):
            self._waiting.sleep(wait)
            return
        until = self._waiting.clock() + wait
        with self._lock:
            host = _host(request)
            self._pauses[host] = max(until, self._pauses.get(host, until))

    def _pause(self, request: httpx.Request) -> None:
        """Wait as long as the host has asked anybody to: never past the deadline."""
        host = _host(request)
        # Somebody else may be asked to wait for longer, meanwhile.
        while (left := self._pauses.get(host, 0.0) - self._waiting.clock()) > 0:
            what = f"{request.method} {request_log.redacted(request.url)}"
            self._log(f"{what} waits {left:.1f} s, as its host is being spared")
            self._waiting.sleep(left)

    def _give_up_on_the_dead(self, request: httpx.Request) -> None:
        if error := self._dead.get(_server(request)):
            raise type(error)(str(error), request=request) from error

    def _tell(
        self,
        request: httpx.Request,
        outcome: LockResult,
        attempt: int,
        wait: float | None,
    ) -> None:
        now = self._waiting.clock()
        seconds = now - request.extensions.get(SENT_AT, now)
        text = request_log.line(request, outcome, seconds=seconds, attempt=attempt)
        if wait is not None:
            text += f", tries again in {wait:.1f} s"
        self._log(text)


def _host(request: httpx.Request) -> str:
    return request.url.netloc.decode("ascii")


def _server(request: httpx.Request) -> str:
    """Return whom a connection is to: the same host may answer without TLS."""
    return f"{request.url.scheme}://{_host(request)}"


def _may_pass(outcome: LockResult) -> bool:
    """Tell whether *outcome* may be another one in a moment."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in _STATUSES
    return isinstance(outcome, _ERRORS) and not any(map(_is_final, causes(outcome)))


def _is_final(error: BaseException) -> bool:
    """Tell whether *error* stays: a certificate, a protocol, or an unknown name."""
    if isinstance(error, ssl.SSLError):
        return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN


def _is_limit(outcome: LockResult) -> bool:
    """Tell whether a server says that it is asked too much.

    Docker Hub has said so with header lines that are no HTTP
    (github.com/docker/hub-feedback/issues/1907).
    """
    if isinstance(outcome, httpx.Response):
        return outcome.status_code == httpx.codes.TOO_MANY_REQUESTS
    malformed = isinstance(outcome, httpx.RemoteProtocolError)
    return malformed and "header" in str(outcome)
