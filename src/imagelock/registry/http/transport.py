"""What a host may cost us: time, connections, and bytes."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final, cast

import httpx

from imagelock.config.registries import DEFAULT_CONNECTIONS, HostSettings
from imagelock.errors import ConfigurationError
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.tls import Trust, context, trust
from imagelock.registry.http.urls import names
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.registry.settings import Settings

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

    The HTTP library heeds proxies in its client only, so this holds some, which
    send what they are given and do nothing else: one for each host that has
    authorities or certificates of its own, and one for all others. They are made
    when they are needed. *hosts* are settings by host and port; *warn* is told of
    each host whose certificate is not checked. This machine is never reached by a
    proxy.
    """

    def __init__(
        self,
        settings: Settings,
        hosts: Mapping[str, HostSettings],
        warn: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._hosts = hosts
        self._warn = warn
        self._of_host: dict[str, httpx.Client] = {}
        self._shared: httpx.Client | None = None
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; the response's body is still to be read.

        Raises:
            Failure: a certificate for its host cannot be used; other hosts may do
                without.
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
                self._of_host[name] = self._chosen(url)
            return self._of_host[name]

    def _chosen(self, url: httpx.URL) -> httpx.Client:
        """Return the client for the host of *url*, made if there is none yet."""
        host = url.netloc.decode("ascii")
        trusted = Trust(host=host)
        if url.scheme == "https":
            settings = self._hosts.get(host, HostSettings())
            folders = self._settings.certificate_folders
            trusted = trust(host, names(url), settings, folders)
        if trusted.skip_verify:
            self._warn(f"the certificate of `{host}` is not checked: `skip-verify`")
        if trusted.is_special:
            return self._made(trusted)
        self._shared = self._shared or self._made(trusted)
        return self._shared

    def _made(self, trusted: Trust) -> httpx.Client:
        return httpx.Client(
            timeout=self._settings.timeout,
            verify=context(trusted, self._settings.authorities),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_IDLE),
            mounts=dict.fromkeys(_THIS_MACHINE),
        )


class LimitTransport(httpx.BaseTransport):
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
