"""Registries in memory over real connections, which fail or hang now and then."""

from __future__ import annotations

import itertools
import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.demo.registry import MemoryRegistry

_Server = TypeVar("_Server", bound="RegistryServer")
_NOW = struct.pack("ii", 1, 0)
"""Closes a connection with a reset."""


class RegistryServer(ThreadingHTTPServer):
    """Serves *registry*; a class below this says which answers fail."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, registry: MemoryRegistry) -> None:
        self.registry = registry
        self.wait = "0"
        self.refused = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    def fault(self) -> str | None:
        """Return what happens to the next answer: `limit`, `error`, `reset`, or none.

        What takes its time here delays the answer.
        """
        return None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Faulty(RegistryServer):
    """A registry that fails each *every*-th request, each time differently."""

    def __init__(self, registry: MemoryRegistry, every: int, wait: str = "0") -> None:
        super().__init__(registry)
        self.wait = wait
        self.failed: list[str] = []
        self._every = every
        self._count = itertools.count(1)
        self._faults = itertools.cycle(["limit", "error", "reset"])
        self._lock = threading.Lock()

    def fault(self) -> str | None:
        with self._lock:
            if next(self._count) % self._every:
                return None
            self.failed.append(next(self._faults))
            return self.failed[-1]


class Hanging(RegistryServer):
    """A registry that no longer answers once `hangs` is set, until `over` is."""

    def __init__(self, registry: MemoryRegistry) -> None:
        self.hangs = threading.Event()
        self.over = threading.Event()
        super().__init__(registry)

    def fault(self) -> str | None:
        if self.hangs.is_set():
            self.over.wait(60)
        return None


class Slow(RegistryServer):
    """A registry that takes half a second for each answer, until `is_fast`."""

    def __init__(self, registry: MemoryRegistry) -> None:
        self.is_fast = threading.Event()
        super().__init__(registry)

    def fault(self) -> str | None:
        self.is_fast.wait(0.5)
        return None


class Handler(BaseHTTPRequestHandler):
    server: RegistryServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        match self.server.fault():
            case "limit":
                self._send(429, {"Retry-After": self.server.wait})
                self.server.refused.set()
            case "error":
                self._send(500, {})
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
                self.connection.close()
                self.close_connection = True
            case _:
                answer = self.server.registry.handle(
                    self.command, self.path, dict(self.headers), b"", scheme="http"
                )
                self._send(answer.status, answer.headers, answer.body)

    do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Print nothing."""


@contextmanager
def serving(server: _Server) -> Iterator[_Server]:
    """Serve *server* in a thread of its own, and end it."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
