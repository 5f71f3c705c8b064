"""Connections on which a request has an end, and a limit on what it receives.

The HTTP library has a timeout for each wait for bytes, and none for their sum: one
byte a second, or `103 Early Hints` without end, would keep a thread forever.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpcore

from imagelock.registry.http.address import Reach, reach_of
from imagelock.registry.http.failure import Failure, RequestTimeout
from imagelock.registry.http.name_lookup import addresses_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

_LARGEST_HEAD: Final = 256 * 1024
"""Bytes before the body: interim answers and headers, and a proxy's answer."""


class RequestBounds(threading.local):
    """The end and the size of the request that this thread waits for.

    *clock* counts seconds. Without `begin`, there are no bounds. `is_public_only` is
    whether it may connect to public addresses alone.
    """

    is_public_only = False

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = float("inf")
        self._bytes = 0

    def begin(self, seconds: float) -> None:
        """Begin a request that ends after at most *seconds*."""
        self._end = self._clock() + seconds
        self._bytes = _LARGEST_HEAD

    def begin_body(self, size: int) -> None:
        """Begin the body, which is at most *size* bytes, with all that frames it."""
        self._bytes = size

    @contextmanager
    def public_only(self) -> Iterator[None]:
        """Let the requests of this thread connect to public addresses alone."""
        before, self.is_public_only = self.is_public_only, True
        try:
            yield
        finally:
            self.is_public_only = before

    def cap(self, timeout: float | None) -> float:
        """Return *timeout*, in seconds, or the time that is left if it is shorter.

        Raises:
            RequestTimeout: none is left.
        """
        remaining = self._end - self._clock()
        if remaining <= 0:
            raise RequestTimeout
        return remaining if timeout is None else min(timeout, remaining)

    def charge(self, size: int) -> None:
        """Count *size* received bytes.

        Raises:
            Failure: they are too many.
        """
        self._bytes -= size
        if self._bytes < 0:
            raise Failure("it sent more than belongs to an answer")


class BoundedBackend(httpcore.NetworkBackend):
    """The network of the HTTP library, within *bounds*.

    The addresses of a proxy, with *is_proxy*, may be any: the user has chosen it.
    """

    def __init__(self, bounds: RequestBounds, *, is_proxy: bool = False) -> None:
        self._inner = httpcore.SyncBackend()
        self._bounds = bounds
        self._is_proxy = is_proxy

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of *host* that accepts.

        The library would wait for *timeout* at each address.

        Raises:
            httpcore.ConnectError: the name has no address, or none accepts.
            httpcore.ConnectTimeout: the last address did not answer, or the lookup
                of the name took too long.
            RequestTimeout: the time of the request is over.
            Failure: only public addresses are allowed, and the name has another one.
        """
        *others, last = self._addresses(host, timeout)
        for address in others:
            try:
                return self._connect(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, timeout, local_address, socket_options)

    def _addresses(self, host: str, timeout: float | None) -> list[str]:
        """Look up *host* within *timeout*, and within the time of the request."""
        addresses = self._looked_up(host, timeout)
        if self._bounds.is_public_only and not self._is_proxy:
            # What is checked here is what is connected to: a second lookup could say
            # something else.
            _check_public(addresses)
        return addresses

    def _looked_up(self, host: str, timeout: float | None) -> list[str]:
        try:
            return addresses_of(host, self._bounds.cap(timeout))
        except TimeoutError as error:
            self._bounds.cap(timeout)  # raises if this was the end of the request
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(
            address, port, self._bounds.cap(timeout), local_address, socket_options
        )
        return _BoundedStream(stream, self._bounds)


class _BoundedStream(httpcore.NetworkStream):
    """The connection *inner*, within the *bounds* of the thread that uses it."""

    def __init__(self, inner: httpcore.NetworkStream, bounds: RequestBounds) -> None:
        self._inner = inner
        self._bounds = bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data = self._inner.read(max_bytes, self._bounds.cap(timeout))
        except httpcore.ReadTimeout:
            self._bounds.cap(timeout)  # raises if this was the end of the request
            raise
        self._bounds.charge(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._bounds.cap(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        capped = self._bounds.cap(timeout)
        stream = self._inner.start_tls(ssl_context, server_hostname, capped)
        return _BoundedStream(stream, self._bounds)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as in the library
        return self._inner.get_extra_info(info)


def _check_public(addresses: Iterable[str]) -> None:
    if any(reach_of(address) is not Reach.PUBLIC for address in addresses):
        raise Failure("its name leads to an address that is not public")
