"""Limits on the connections of each host, and on the bytes of an answer."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final, cast

import httpx

from imagelock.config.registries import DEFAULT_CONNECTIONS, HUB_CONNECTIONS
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.slots import HostSlots
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS: Final = {
    "Accept-Encoding": "identity",
    "User-Agent": f"imagelock/{__version__}",
}
"""Sent with every request. No compression: it could hide the size of an answer."""

LIMIT: Final = "imagelock-limit"
"""The request extension with the size limit for the answer, in bytes."""

LARGEST: Final = 4 * 1024 * 1024
"""The largest answer in bytes, as large as the manifests that registries accept."""

_OVERLOAD: Final = frozenset({429, 503})
_HUB_DOMAIN: Final = "docker.io"
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


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
