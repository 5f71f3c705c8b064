"""The network itself: open connections, TLS, and the proxies of the environment."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import httpcore
import httpx

from imagelock.config.registries import HostSettings
from imagelock.errors import ConfigurationError
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol, cast
from imagelock.registry.http.bounded_network import BoundedBackend
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.proxy import proxy_for
from imagelock.registry.http.tls import HostTls, host_names, ssl_context, tls_of_host

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.registry.http.bounded_network import RequestBounds
    from imagelock.registry.settings import ClientSettings

_LIBRARY_ERRORS: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
"""Bases of what a connection raises; `httpx` has each under the same name."""


class _Connection(Protocol):
    """What sends one request at a time: a connection, or a proxy's pool of one."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response: ...
    def close(self) -> None: ...


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
        self._bounds = bounds
        self._backend = BoundedBackend(bounds)
        self._proxy_backend = BoundedBackend(bounds, is_proxy=True)
        self._contexts: dict[HostTls | None, ssl.SSLContext] = {}
        self._of_origin: dict[str, Callable[[], _Connection]] = {}
        self._idle: dict[str, list[_Connection]] = {}
        self._is_closed = False
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; the body of the response is not read yet.

        Raises:
            Failure: a certificate for its host, or its proxy, cannot be used; other
                hosts may not need it.
        """
        url = request.url
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if self._bounds.is_public_only:
            # A connection of others may lead to an address that is not public.
            origin += " in public"
        try:
            connection = self._take(origin, url)
        except ConfigurationError as error:
            raise Failure(str(error), hint=error.hint) from error
        sent = httpcore.Request(
            request.method,
            _library_url(url),
            headers=request.headers.raw,
            content=request.content,
            extensions=request.extensions,
        )
        with _translated_errors():
            # If this fails, the connection has closed itself.
            response = connection.handle_request(sent)
        # A synchronous connection has a synchronous stream; the type allows others.
        body = cast("_Body", response.stream)
        stream = _LentStream(body, lambda: self._give_back(origin, connection))
        return httpx.Response(
            response.status, headers=response.headers, stream=stream, request=request
        )

    def close(self) -> None:
        """Close every connection: those that requests use, when these have ended."""
        with self._lock:
            self._is_closed = True
            idle = [connection for each in self._idle.values() for connection in each]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _take(self, origin: str, url: httpx.URL) -> _Connection:
        while True:
            with self._lock:
                idle = self._idle.get(origin)
                if not idle:
                    if origin not in self._of_origin:
                        self._of_origin[origin] = self._factory(url)
                    return self._of_origin[origin]()
                connection = idle.pop()
            if not _is_over(connection):
                return connection
            connection.close()

    def _give_back(self, origin: str, connection: _Connection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.setdefault(origin, []).append(connection)
                return
        connection.close()

    def _factory(self, url: httpx.URL) -> Callable[[], _Connection]:
        """Return what makes a new connection to the server of *url*."""
        tls = self._tls(url)
        if proxy := proxy_for(url):
            return lambda: self._proxied(tls, httpx.Proxy(proxy))
        origin = _library_url(url).origin
        return lambda: httpcore.HTTPConnection(
            origin, tls, network_backend=self._backend
        )

    def _proxied(
        self, tls: ssl.SSLContext | None, proxy: httpx.Proxy
    ) -> httpcore.ConnectionPool:
        """Return a pool of one connection, with *tls*, through *proxy*."""
        url = _library_url(proxy.url)
        if proxy.url.scheme.startswith("socks"):
            return httpcore.SOCKSProxy(
                url,
                proxy_auth=proxy.raw_auth,
                ssl_context=tls,
                max_connections=1,
                network_backend=self._proxy_backend,
            )
        return httpcore.HTTPProxy(
            url,
            proxy_auth=proxy.raw_auth,
            ssl_context=tls,
            proxy_ssl_context=(
                self._context(HostTls(host=proxy.url.host))
                if proxy.url.scheme == "https"
                else None
            ),
            max_connections=1,
            network_backend=self._proxy_backend,
        )

    def _tls(self, url: httpx.URL) -> ssl.SSLContext | None:
        """Return the TLS for the server of *url*, if it is asked with TLS."""
        if url.scheme != "https":
            return None
        host = url.netloc.decode("ascii")
        settings = self._hosts.get(host, HostSettings())
        folders = self._settings.certificate_folders
        tls = tls_of_host(host, host_names(url), settings, folders)
        if tls.skip_verify:
            self._warn(f"the certificate of `{host}` is not checked: `skip-verify`")
        return self._context(tls)

    def _context(self, tls: HostTls) -> ssl.SSLContext:
        """Return the context for *tls*: most servers share one."""
        key = None if tls.is_default else tls
        if key not in self._contexts:
            self._contexts[key] = ssl_context(tls, self._settings.authorities)
        return self._contexts[key]


class _Body(Protocol):
    def __iter__(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class _LentStream(httpx.SyncByteStream):
    """The body *inner* on a lent connection; *on_close* takes that back, once."""

    def __init__(self, inner: _Body, on_close: Callable[[], None]) -> None:
        self._inner = inner
        self._on_close: Callable[[], None] | None = on_close

    def __iter__(self) -> Iterator[bytes]:
        with _translated_errors():
            yield from self._inner

    def close(self) -> None:
        """Close the body."""
        on_close, self._on_close = self._on_close, None
        try:
            self._inner.close()
        finally:
            if on_close:
                on_close()


def _library_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _is_over(connection: _Connection) -> bool:
    """Return whether an idle *connection* was closed, or says what nobody asked for.

    Behind a proxy, the library's pool replaces connections that were closed.
    """
    return isinstance(connection, httpcore.HTTPConnection) and (
        connection.is_closed() or connection.has_expired() or _has_unread(connection)
    )


def _has_unread(connection: httpcore.HTTPConnection) -> bool:
    """Return whether more arrived than the answer.

    The library would take it for the answer to the next request (RFC 9112, 9.2); it
    has no public way to ask.
    """
    # Nothing but HTTP/1.1 is spoken.
    inner = cast("httpcore.HTTP11Connection", connection._connection)  # noqa: SLF001
    unread, _ = inner._h11_state.trailing_data  # noqa: SLF001
    return bool(unread)


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise errors of connections as those of `httpx`."""
    try:
        yield
    except _LIBRARY_ERRORS as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error
