"""Servers on the loopback that are so slow that an answer never ends."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from imagelock.model.image import OCI_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Pieces = Callable[[], Iterator[bytes]]

_STATUS: Final = b"HTTP/1.1 200 OK\r\n"
_LONGEST: Final = 60.0
"""Seconds after which a server ends by itself."""


def silent() -> Iterator[bytes]:
    """Accept the request, and say nothing."""
    yield from ()


def slow_body() -> Iterator[bytes]:
    """Send the headers at once, and then one byte at a time."""
    kind = OCI_INDEX.encode()
    yield _STATUS + b"Content-Type: " + kind + b"\r\nContent-Length: 400000\r\n\r\n"
    while True:
        yield b"{"


def slow_headers() -> Iterator[bytes]:
    """Send one header line at a time."""
    yield _STATUS
    while True:
        yield b"X-More: to come\r\n"


def slow_hints() -> Iterator[bytes]:
    """Send one interim answer at a time."""
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"


def slow_chunks() -> Iterator[bytes]:
    """Send a chunked body, one tiny chunk at a time."""
    yield _STATUS + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\n{\r\n"


def hint_flood() -> Iterator[bytes]:
    """Send interim answers as fast as they are taken."""
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000
    while True:
        yield hints


SLOW: Final = (silent, slow_body, slow_headers, slow_hints, slow_chunks)


class SlowServer:
    """A server that answers each connection with *pieces*, *pause* seconds apart.

    A method in *at_once* (`HEAD`) gets `405` instead. `asked` counts the requests.
    """

    def __init__(self, pieces: Pieces, pause: float, at_once: str) -> None:
        self._pieces = pieces
        self._pause = pause
        self._at_once = at_once.encode()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(_LONGEST)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._answer, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(_LONGEST)
        with connection, suppress(OSError):
            while request := connection.recv(65536):
                with self._lock:
                    self.asked += 1
                if self._at_once and request.startswith(self._at_once):
                    connection.sendall(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
                    continue
                for piece in self._pieces():
                    connection.sendall(piece)
                    if self._over.wait(self._pause):
                        return
                self._over.wait(_LONGEST)
                return


@contextmanager
def serve_slowly(
    pieces: Pieces, *, pause: float = 1.0, at_once: str = ""
) -> Iterator[SlowServer]:
    """Run a server that sends *pieces*, and end it."""
    server = SlowServer(pieces, pause, at_once)
    try:
        yield server
    finally:
        server.close()
