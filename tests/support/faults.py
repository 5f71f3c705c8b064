"""Registries that misbehave, in memory and on the wire, one request at a time."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.demo.answers import Answer
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.demo.registry import MemoryRegistry

    When = Callable[[str, str, Mapping[str, str]], bool]

SCHEMA_1: Final = "application/vnd.docker.distribution.manifest.v1+prettyjws"
WRONG: Final = str(Digest.of(b"something else"))
NEVER: Final = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
FOREIGN: Final = "https://169.254.169.254/token"
"""A token server on the address where clouds serve the secrets of a machine."""


class Wire(Enum):
    """What happens to an answer on the wire."""

    WHOLE = auto()
    TRUNCATED = auto()
    RESET = auto()
    HANG = auto()


@dataclass(frozen=True)
class Fault:
    """How an answer goes wrong: it is changed, or the connection breaks.

    `change` gets the right answer and the path that was asked for.
    """

    name: str
    change: Callable[[Answer, str], Answer] = lambda answer, _target: answer
    wire: Wire = Wire.WHOLE

    def __str__(self) -> str:
        return self.name


def _status(
    code: int, headers: Mapping[str, str] | None = None
) -> Callable[[Answer, str], Answer]:
    return lambda _answer, _target: Answer(code, dict(headers or {}), b"")


def _headers(**fields: str | None) -> Callable[[Answer, str], Answer]:
    """Set headers, or drop those that are `None`."""
    changes = {name.replace("_", "-"): value for name, value in fields.items()}

    def change(answer: Answer, target: str) -> Answer:
        merged = {**answer.headers, **changes}
        headers = {name: value for name, value in merged.items() if value is not None}
        return replace(answer, headers=headers)

    return change


def _body(
    body: Callable[[], bytes], kind: str = OCI_INDEX, **headers: str
) -> Callable[[Answer, str], Answer]:
    """Send *body* without its digest, so that the client fetches it."""
    fields = {
        "Content-Type": kind,
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return lambda _answer, _target: Answer(200, fields, body())


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(50_000_000))


def _manifest(**fields: object) -> bytes:
    return json.dumps(fields).encode()


HANG: Final = Fault("hang", wire=Wire.HANG)
CHALLENGE: Final = Fault(
    "cross-host challenge",
    _status(401, {"WWW-Authenticate": f'Bearer realm="{FOREIGN}",service="s"'}),
)
REDIRECT: Final = Fault("redirect to another host")
"""Without a target: see `redirecting`."""


def redirecting(url: str) -> Fault:
    """Return `REDIRECT`, to the same path at *url*."""

    def change(answer: Answer, target: str) -> Answer:
        return Answer(307, {"Location": f"{url}{target}"}, b"")

    return replace(REDIRECT, change=change)


FAULTS: Final = (
    Fault("429", _status(429, {"Retry-After": "3600"})),
    Fault("500", _status(500)),
    Fault("reset", wire=Wire.RESET),
    HANG,
    Fault("truncated", _headers(Docker_Content_Digest=None), Wire.TRUNCATED),
    Fault("wrong digest", _headers(Docker_Content_Digest=WRONG)),
    Fault("other bytes", _body(lambda: _manifest(schemaVersion=2, manifests=[]),
                               Docker_Content_Digest=WRONG)),
    Fault("missing digest", _headers(Docker_Content_Digest=None)),
    Fault("garbage digest", _headers(Docker_Content_Digest="sha256:../../etc")),
    Fault("login page", _body(lambda: b"<html>Log in</html>", "text/html")),
    Fault("redirect loop", lambda _answer, target: Answer(302, {"Location": target})),
    REDIRECT,
    CHALLENGE,
    Fault("gzip bomb", _body(_bomb, Content_Encoding="gzip")),
    Fault("over-long", _body(lambda: b" " * 5_000_000)),
    Fault("schema 1", _body(lambda: _manifest(schemaVersion=1), SCHEMA_1)),
    Fault("ambiguous", _body(
        lambda: _manifest(schemaVersion=2, manifests=[], layers=[]))),
    Fault("impossible date", _status(503, {"Retry-After": NEVER})),
    Fault("wrong JSON types", _body(
        lambda: _manifest(schemaVersion=2, layers=[], config={
            "mediaType": [], "digest": [], "size": {}}), OCI_MANIFEST)),
)  # fmt: skip


class Faulty:
    """*registry*, with `fault` in the answers for which `when` returns true.

    `when` gets the method, the target and the headers, in lower case.
    """

    def __init__(self, registry: MemoryRegistry) -> None:
        self.registry = registry
        self.fault: Fault | None = None
        self.when: When = lambda _method, _target, _headers: True

    def handle(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        scheme: str = "https",
    ) -> tuple[Answer, Wire]:
        """Return the answer to send, and what happens to it on the wire."""
        fields = {name.lower(): value for name, value in headers.items()}
        answer = self.registry.handle(method, target, fields, scheme=scheme)
        if self.fault is None or not self.when(method, target, fields):
            return answer, Wire.WHOLE
        return self.fault.change(answer, target), self.fault.wire

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as a handler of `httpx.MockTransport` does."""
        answer, wire = self.handle(
            request.method,
            request.url.raw_path.decode("ascii"),
            dict(request.headers),
            scheme=request.url.scheme,
        )
        match wire:
            case Wire.HANG:
                raise httpx.ReadTimeout("", request=request)
            case Wire.RESET:
                raise httpx.ReadError("", request=request) from ConnectionResetError()
            case Wire.TRUNCATED if request.method != "HEAD":
                message = "peer closed connection without sending complete message body"
                raise httpx.RemoteProtocolError(message, request=request)
            case _:
                # A stream: given as content, a compressed body would be read here.
                body = b"" if request.method == "HEAD" else answer.body
                stream = httpx.ByteStream(body)
                return httpx.Response(
                    answer.status, headers=answer.headers, stream=stream
                )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, faulty: Faulty) -> None:
        self.faulty = faulty
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: connections break on purpose here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        answer, wire = self.server.faulty.handle(
            self.command, self.path, dict(self.headers), scheme="http"
        )
        if wire is Wire.HANG:
            self.server.over.wait()  # until the client has gone and the test is over
        if wire in {Wire.HANG, Wire.RESET}:
            self._reset()
            return
        body = answer.body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            cut = wire is Wire.TRUNCATED
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut
        self.wfile.flush()

    do_HEAD = do_GET  # noqa: N815 - the name that the library calls

    def _reset(self) -> None:
        """Close the connection so that the client gets an RST."""
        now = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Stay quiet."""


@contextmanager
def serve(faulty: Faulty) -> Iterator[str]:
    """Serve *faulty* on a free port of the loopback address; yield its URL."""
    with _Server(faulty) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
