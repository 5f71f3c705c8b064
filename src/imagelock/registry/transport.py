"""What a host may cost us: time, connections, and bytes."""

from __future__ import annotations

import re
import ssl
import threading
from typing import TYPE_CHECKING, Final, cast

import httpx
import truststore

from imagelock import __version__
from imagelock.registry.errors import Failure
from imagelock.registry.settings import DEFAULT_CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HEADERS: Final = {
    "Accept-Encoding": "identity",
    "User-Agent": f"imagelock/{__version__}",
}
"""What every request says: a compressed answer could hide its size."""

LIMIT: Final = "imagelock-limit"
"""The extension of a request that lowers the largest answer, in bytes."""

LARGEST: Final = 4 * 1024 * 1024
"""The largest answer in bytes, which is what registries accept of a manifest."""

_IDLE: Final = 32
_THIS_MACHINE: Final = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class Network(httpx.BaseTransport):
    """The network itself: proxies of the environment, TLS, pooled connections.

    The HTTP library heeds proxies in its client only, so this holds one, which
    sends what it is given and does nothing else. It trusts what the operating
    system trusts, and `SSL_CERT_FILE`. This machine is never reached by a proxy.
    """

    def __init__(self, timeout: float) -> None:
        self._client = httpx.Client(
            timeout=timeout,
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_IDLE),
            mounts=dict.fromkeys(_THIS_MACHINE),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; the response's body is still to be read."""
        return self._client.send(request, stream=True, auth=None)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


class Bounded(httpx.BaseTransport):
    """Another transport, with bounded connections a host and bytes an answer.

    *connections* are by host and port, where they differ from the default. A
    connection counts from its request until its answer is read, or closed.
    """

    def __init__(
        self, inner: httpx.BaseTransport, connections: Mapping[str, int]
    ) -> None:
        self._inner = inner
        self._connections = connections
        self._slots: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* when its host has a free connection.

        Raises:
            Failure: the answer is compressed, or too large; the latter also
                while it is read.
        """
        slot = self._slot(request.url.netloc.decode("ascii"))
        slot.acquire()
        try:
            response = self._inner.handle_request(request)
        except BaseException:
            slot.release()
            raise
        limit = request.extensions.get(LIMIT, LARGEST)
        stream = _Stream(response, limit, slot.release)
        try:
            _check(request, response, limit)
        except Failure:
            stream.close()
            raise
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=stream,
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the transport inside."""
        self._inner.close()

    def _slot(self, host: str) -> threading.Semaphore:
        with self._lock:
            if host not in self._slots:
                count = self._connections.get(host, DEFAULT_CONNECTIONS)
                self._slots[host] = threading.Semaphore(max(count, 1))
            return self._slots[host]


class _Stream(httpx.SyncByteStream):
    """The body of *response*, which may not be longer than *limit* bytes."""

    def __init__(
        self, response: httpx.Response, limit: int, closed: Callable[[], None]
    ) -> None:
        self._response = response
        self._limit = limit
        self._closed = closed

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        # A transport for threads has such a stream; the type allows others.
        for chunk in cast("httpx.SyncByteStream", self._response.stream):
            received += len(chunk)
            if received > self._limit:
                raise _too_large(self._limit)
            yield chunk

    def close(self) -> None:
        """Close the response and give its connection back."""
        try:
            self._response.close()
        finally:
            self._closed()


def _check(request: httpx.Request, response: httpx.Response, limit: int) -> None:
    if request.method == "HEAD":
        return  # its length is that of what GET would send
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise Failure("it sent a compressed answer, though it was told not to")
    length = response.headers.get("Content-Length", "").strip()
    if _NUMBER.fullmatch(length) and int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Failure:
    return Failure(f"its answer is larger than {limit // 1024} KiB")
