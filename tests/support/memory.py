"""A network in memory: hosts by name, behind the mock transport of httpx."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.demo.registry import MemoryRegistry

    Handler = Callable[[httpx.Request], httpx.Response]


class World:
    """Every host there is, by `host[:port]`, and every request in its order."""

    def __init__(self) -> None:
        self.hosts: dict[str, Handler] = {}
        self.requests: list[httpx.Request] = []
        self._lock = threading.Lock()

    def add(self, host: str, registry: MemoryRegistry) -> None:
        """Serve *registry* at *host*."""
        self.hosts[host] = serving(registry)

    def answer(self, host: str, status: int = 200, **response: object) -> None:
        """Let *host* answer the same to every request."""

        def handler(request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, **response)  # type: ignore[arg-type]

        self.hosts[host] = handler

    def alter(
        self, host: str, change: Callable[[httpx.Request, httpx.Response], None]
    ) -> None:
        """Let *change* see to the answers of *host* before they are sent."""
        inner = self.hosts[host]

        def handler(request: httpx.Request) -> httpx.Response:
            response = inner(request)
            change(request, response)
            return response

        self.hosts[host] = handler

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    @property
    def log(self) -> list[str]:
        """Every request, as `GET https://host/path`."""
        return [f"{r.method} {r.url.copy_with(query=None)}" for r in self.requests]

    def sent_to(self, host: str, header: str) -> list[str]:
        """Return the values of *header* that *host* has seen."""
        mine = [r for r in self.requests if r.url.netloc.decode() == host]
        return [r.headers[header] for r in mine if header in r.headers]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            # A copy: the client adds headers to a request that it sends again.
            self.requests.append(
                httpx.Request(request.method, request.url, headers=request.headers)
            )
        handler = self.hosts.get(request.url.netloc.decode())
        if handler is None:
            message = "no such host"
            raise httpx.ConnectError(message) from socket.gaierror(-2, message)
        return handler(request)


def serving(registry: MemoryRegistry) -> Handler:
    """Return *registry* as a handler of the HTTP library's requests."""

    def handler(request: httpx.Request) -> httpx.Response:
        answer = registry.handle(
            request.method,
            request.url.raw_path.decode("ascii"),
            dict(request.headers),
            request.content,
            scheme=request.url.scheme,
        )
        length = {"Content-Length": str(len(answer.body))}
        body = b"" if request.method == "HEAD" else answer.body
        headers = {**length, **answer.headers}
        return httpx.Response(answer.status, headers=headers, content=body)

    return handler
