"""Serve an in-memory registry over HTTP on the loopback address."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import HTTPServer

    from imagelock.demo.registry import MemoryRegistry

LOOPBACK: Final = "127.0.0.1"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@contextmanager
def serve(registry: MemoryRegistry) -> Iterator[str]:
    """Serve *registry* on a free port of the loopback address; yield its URL."""
    with running(LoopbackServer(registry)) as address:
        yield address


@contextmanager
def running(server: HTTPServer) -> Iterator[str]:
    """Let *server* answer in threads; yield its URL."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class LoopbackServer(ThreadingHTTPServer):
    """Answers as *registry* on a free port of the loopback address."""

    request_queue_size = 128
    daemon_threads = True  # a client may keep its connection open at exit

    def __init__(self, registry: MemoryRegistry) -> None:
        self.registry = registry
        super().__init__((LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one segment for headers and body

    def _answer(self) -> None:
        names = self.headers.keys()
        # A header may come several times, as skopeo sends `Accept`.
        headers = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        answer = self.server.registry.handle(
            self.command, self.path, headers, self._body(), scheme="http"
        )
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().partition(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Print nothing: `MemoryRegistry.log` has every request."""


for _method in _METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._answer)  # noqa: SLF001 - its own
