"""The network, and limits on connections per host and bytes per answer."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final, cast

import httpx

from imagelock.config.registries import (
    DEFAULT_CONNECTIONS,
    HUB_CONNECTIONS,
    HostSettings,
)
from imagelock.errors import ConfigurationError
from imagelock.registry.http.bounded_network import BoundedBackend, new_connection
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.proxy import proxy_for
from imagelock.registry.http.slots import HostSlots
from imagelock.registry.http.tls import HostTls, host_names, ssl_context, tls_of_host
from imagelock.version import __version__

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.registry.http.bounded_network import RequestBounds
    from imagelock.registry.settings import ClientSettings

HEADERS: Final = {
    "Accept-Encoding": "identity",
    "User-Agent": f"imagelock/{__version__}",
}
"""Sent with every request. No compression: it could hide the size of an answer."""

LIMIT: Final = "imagelock-limit"
"""The request extension with a lower size limit for the answer, in bytes."""

LARGEST: Final = 4 * 1024 * 1024
"""The largest answer in bytes, as large as the manifests that registries accept."""

_OVERLOAD: Final = frozenset({429, 503})
_HUB_DOMAIN: Final = "docker.io"
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class NetworkTransport(httpx.BaseTransport):
    """The network itself: proxies of the environment, TLS, open connections.

    Each connection belongs to one request at a time, and the one that was used last
    is used next: threads that share a pool of the HTTP library wait for its lock for
    longer than a request takes. *hosts* are settings by `host[:port]`; *warn* gets a
    line for each host whose certificate is not checked. Requests to this machine
    never use a proxy. Every connection keeps within *bounds*.
    """

    def __init__(
        self,
        settings: ClientSettings,
        hosts: Mapping[str, HostSettings],
        warn: Callable[[str], None],
        bounds: RequestBounds,
    ) -> None:
        self._settings = settings
        self._hosts = hosts
        self._warn = warn
        self._backend = BoundedBackend(bounds)
        self._contexts: dict[HostTls | None, ssl.SSLContext] = {}
        self._of_origin: dict[str, Callable[[], httpx.HTTPTransport]] = {}
        self._idle: dict[str, list[httpx.HTTPTransport]] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; the body of the response is not read yet.

        Raises:
            Failure: a certificate for its host, or its proxy, cannot be used; other
                hosts may not need it.
        """
        origin = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        try:
            connection = self._take(origin, request.url)
        except ConfigurationError as error:
            raise Failure(str(error), hint=error.hint) from error
        try:
            response = connection.handle_request(request)
        except BaseException:
            self._give_back(origin, connection)
            raise
        response.stream = _LentStream(
            response.stream, lambda: self._give_back(origin, connection)
        )
        return response

    def close(self) -> None:
        """Close every connection that no request uses."""
        with self._lock:
            idle = [connection for each in self._idle.values() for connection in each]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _take(self, origin: str, url: httpx.URL) -> httpx.HTTPTransport:
        with self._lock:
            if idle := self._idle.get(origin):
                return idle.pop()
            if origin not in self._of_origin:
                self._of_origin[origin] = self._factory(url)
            return self._of_origin[origin]()

    def _give_back(self, origin: str, connection: httpx.HTTPTransport) -> None:
        with self._lock:
            self._idle.setdefault(origin, []).append(connection)

    def _factory(self, url: httpx.URL) -> Callable[[], httpx.HTTPTransport]:
        """Return what makes a new connection to the server of *url*."""
        tls = self._tls(url)
        proxy = proxy_for(url)
        return lambda: new_connection(tls, proxy, self._backend)

    def _tls(self, url: httpx.URL) -> ssl.SSLContext:
        """Return the TLS for the server of *url*: most share one."""
        host = url.netloc.decode("ascii")
        tls = HostTls(host=host)
        if url.scheme == "https":
            settings = self._hosts.get(host, HostSettings())
            folders = self._settings.certificate_folders
            tls = tls_of_host(host, host_names(url), settings, folders)
        if tls.skip_verify:
            self._warn(f"the certificate of `{host}` is not checked: `skip-verify`")
        key = None if tls.is_default else tls
        if key not in self._contexts:
            self._contexts[key] = ssl_context(tls, self._settings.authorities)
        return self._contexts[key]


class _LentStream(httpx.SyncByteStream):
    """The body *inner* on a lent connection; *on_close* takes that back, once."""

    def __init__(
        self,
        inner: httpx.SyncByteStream | httpx.AsyncByteStream,
        on_close: Callable[[], None],
    ) -> None:
        # A synchronous transport has a synchronous stream; the type allows others.
        self._inner = cast("httpx.SyncByteStream", inner)
        self._on_close: Callable[[], None] | None = on_close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        """Close the body."""
        on_close, self._on_close = self._on_close, None
        try:
            self._inner.close()
        finally:
            if on_close:
                on_close()


class LimitTransport(httpx.BaseTransport):
    """A transport that limits connections per host and bytes per answer.

    *connections* are by `host[:port]`, where they differ from the default. A
    connection counts from its request until its answer is read.
    """

    def __init__(
        self, inner: httpx.BaseTransport, connections: Mapping[str, int | None]
    ) -> None:
        self._inner = inner
        self._connections = connections
        self._slots: dict[str, HostSlots] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* when its host has a free connection, and read the answer.

        Raises:
            Failure: the answer is compressed, or too large.
        """
        slots = self._slots_of(request.url.netloc.decode("ascii"))
        with slots.take() as answer:
            response = self._inner.handle_request(request)
            answer.is_overload = response.status_code in _OVERLOAD
            limit = request.extensions.get(LIMIT, LARGEST)
            try:
                _check_headers(request, response, limit)
                body = _read(response, limit)
            finally:
                response.close()
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            content=body,
            extensions=response.extensions,
            request=request,
        )

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _slots_of(self, host: str) -> HostSlots:
        with self._lock:
            if host not in self._slots:
                self._slots[host] = HostSlots(self._most_connections(host))
            return self._slots[host]

    def _most_connections(self, host: str) -> int:
        if (most := self._connections.get(host)) is not None:
            return most
        name = host.partition(":")[0]
        is_hub = name == _HUB_DOMAIN or name.endswith(f".{_HUB_DOMAIN}")
        return HUB_CONNECTIONS if is_hub else DEFAULT_CONNECTIONS


def _read(response: httpx.Response, limit: int) -> bytes:
    """Return the body of *response* as it was sent, of at most *limit* bytes."""
    chunks: list[bytes] = []
    received = 0
    # A synchronous transport has a synchronous stream; the type allows others.
    for chunk in cast("httpx.SyncByteStream", response.stream):
        received += len(chunk)
        if received > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _check_headers(
    request: httpx.Request, response: httpx.Response, limit: int
) -> None:
    if request.method == "HEAD":
        return  # `Content-Length` is that of the answer to GET
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise Failure("it sent a compressed answer, which was not requested")
    length = response.headers.get("Content-Length", "").strip()
    if _NUMBER.fullmatch(length) and int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Failure:
    return Failure(f"its answer is larger than {limit // 1024} KiB")
