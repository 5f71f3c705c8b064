"""Try again what may well work the next time."""

from __future__ import annotations

import random
import re
import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
_METHODS: Final = frozenset({"GET", "HEAD"})
_FIRST: Final = 0.5
_TRIES: Final = 4
LONGEST_WAIT: Final = 60.0
"""Seconds. Whoever asks for more is told so to the user, who decides."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_FINAL: Final = (ssl.SSLError, socket.gaierror, ConnectionRefusedError)
"""What another try will not change: certificates, names, and nobody at the port."""


class Retrying(httpx.BaseTransport):
    """Another transport, whose passing failures are tried again.

    GET and HEAD only, four times at most. What is waited for is random below a
    bound that doubles, so that many clients do not come back at once, unless the
    server says how long (`Retry-After`); then nobody asks that host meanwhile.
    *sleep* takes seconds; *clock* returns those since the epoch.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._inner = inner
        self._sleep = sleep
        self._clock = clock
        self._chance = chance
        self._pauses: dict[str, float] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; the answer of the last try counts, and is read."""
        if request.method not in _METHODS:
            return self._inner.handle_request(request)
        host = request.url.netloc.decode("ascii")
        for bound in bounds():
            self._sleep_out(host)
            wait = self._chance() * bound
            try:
                response = self._send(request)
            except httpx.TransportError as error:
                if not _may_pass(error):
                    raise
            else:
                asked = retry_after(response, self._clock())
                if response.status_code not in _STATUSES or (asked or 0) > LONGEST_WAIT:
                    return response
                if asked is not None:
                    self._pause(host, asked)
                    continue
            self._sleep(wait)
        self._sleep_out(host)
        return self._send(request)

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, whole: a body that breaks off is a failure, too."""
        response = self._inner.handle_request(request)
        response.request = request
        try:
            response.read()
        finally:
            response.close()
        return response

    def _pause(self, host: str, seconds: float) -> None:
        with self._lock:
            until = self._clock() + seconds
            self._pauses[host] = max(self._pauses.get(host, 0.0), until)

    def _sleep_out(self, host: str) -> None:
        left = self._pauses.get(host, 0.0) - self._clock()
        if left > 0:
            self._sleep(left)


def bounds() -> Iterator[float]:
    """Yield the longest wait behind each try but the last: `0.5, 1, 2` seconds."""
    for number in range(_TRIES - 1):
        yield _FIRST * 2**number


def retry_after(response: httpx.Response, now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, if it does (RFC 9110, 10.2.3).

    *now* is in seconds since the epoch, for a header with a date.
    """
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max((when - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0)


def _may_pass(error: BaseException | None) -> bool:
    if isinstance(error, httpx.TimeoutException | httpx.ProxyError):
        return False
    while error is not None:
        if isinstance(error, _FINAL):
            return False
        error = error.__cause__ or error.__context__
    return True
