"""The network, and limits on connections per host and bytes per answer."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final, cast

import httpx

from imagelock.config.registries import DEFAULT_CONNECTIONS, HostSettings
from imagelock.errors import ConfigurationError
from imagelock.registry.http.bounded_network import BoundedBackend, use_backend
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.tls import HostTls, host_names, ssl_context, tls_of_host
from imagelock.version import __version__

if TYPE_CHECKING:
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

_IDLE: Final = 32
_THIS_MACHINE: Final = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class NetworkTransport(httpx.BaseTransport):
    """The network itself: proxies of the environment, TLS, pooled connections.

    The HTTP library supports proxies in its client only, so this holds clients that
    do nothing but send: one for each host that has authorities or certificates of
    its own, and one for all others, each made when it is first needed. *hosts* are
    settings by `host[:port]`; *warn* gets a line for each host whose certificate is
    not checked. Requests to this machine never use a proxy. Every connection keeps
    within *bounds*.
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
        self._of_host: dict[str, httpx.Client] = {}
        self._shared: httpx.Client | None = None
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; the body of the response is not read yet.

        Raises:
            Failure: a certificate for its host cannot be used; other hosts may not
                need it.
        """
        try:
            client = self._client(request.url)
        except ConfigurationError as error:
            raise Failure(str(error), hint=error.hint) from error
        return client.send(request, stream=True, auth=None)

    def close(self) -> None:
        """Close every connection."""
        for client in {*self._of_host.values(), *filter(None, [self._shared])}:
            client.close()

    def _client(self, url: httpx.URL) -> httpx.Client:
        name = f"{url.scheme}://{url.netloc.decode('ascii')}"
        with self._lock:
            if name not in self._of_host:
                self._of_host[name] = self._client_for(url)
            return self._of_host[name]

    def _client_for(self, url: httpx.URL) -> httpx.Client:
        host = url.netloc.decode("ascii")
        tls = HostTls(host=host)
        if url.scheme == "https":
            settings = self._hosts.get(host, HostSettings())
            folders = self._settings.certificate_folders
            tls = tls_of_host(host, host_names(url), settings, folders)
        if tls.skip_verify:
            self._warn(f"the certificate of `{host}` is not checked: `skip-verify`")
        if not tls.is_default:
            return self._new_client(tls)
        self._shared = self._shared or self._new_client(tls)
        return self._shared

    def _new_client(self, tls: HostTls) -> httpx.Client:
        client = httpx.Client(
            timeout=self._settings.timeout,
            verify=ssl_context(tls, self._settings.authorities),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_IDLE),
            mounts=dict.fromkeys(_THIS_MACHINE),
        )
        use_backend(client, self._backend)
        return client


class LimitTransport(httpx.BaseTransport):
    """A transport that limits connections per host and bytes per answer.

    *connections* are by `host[:port]`, where they differ from the default. A
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
            Failure: the answer is compressed, or too large; the latter may be
                raised while it is read.
        """
        slot = self._slot(request.url.netloc.decode("ascii"))
        slot.acquire()
        try:
            response = self._inner.handle_request(request)
        except BaseException:
            slot.release()
            raise
        limit = request.extensions.get(LIMIT, LARGEST)
        stream = _LimitedStream(response, limit, slot.release)
        try:
            _check_headers(request, response, limit)
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
        """Close the inner transport."""
        self._inner.close()

    def _slot(self, host: str) -> threading.Semaphore:
        with self._lock:
            if host not in self._slots:
                count = self._connections.get(host, DEFAULT_CONNECTIONS)
                self._slots[host] = threading.Semaphore(max(count, 1))
            return self._slots[host]


class _LimitedStream(httpx.SyncByteStream):
    """The body of *response*, up to *limit* bytes; calls *on_close* when closed."""

    def __init__(
        self, response: httpx.Response, limit: int, on_close: Callable[[], None]
    ) -> None:
        self._response = response
        self._limit = limit
        self._on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        # A synchronous transport has a synchronous stream; the type allows others.
        for chunk in cast("httpx.SyncByteStream", self._response.stream):
            received += len(chunk)
            if received > self._limit:
                raise _too_large(self._limit)
            yield chunk

    def close(self) -> None:
        """Close the response and release its connection."""
        try:
            self._response.close()
        finally:
            self._on_close()


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
