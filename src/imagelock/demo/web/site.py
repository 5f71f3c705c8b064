"""Serve the page of the demo to the browser of the user who started it, and to no other.

Whoever can reach the port needs the token in the address. Names that a hostile page lets
point to this machine are refused by `Host`, and its requests by `Origin` (RFC 9110,
section 7.2, and the Fetch standard, "`Origin` header").
"""

from __future__ import annotations

import json
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from imagelock.demo.server import LOOPBACK

if TYPE_CHECKING:
    from imagelock.demo.web.simulator import Simulator

_FILES: Final = {
    "": ("page.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
_JSON: Final = "application/json"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_MOST_BYTES: Final = 200
"""The size of the longest body: the name of an action."""
_MOST_CONNECTIONS: Final = 32
_PATIENCE: Final = 15
"""How long a connection may be silent, in seconds."""


class Site(ThreadingHTTPServer):
    """The page, its files, its state, and the actions; nothing else is there."""

    daemon_threads = True  # a browser keeps its connections open
    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.token = secrets.token_urlsafe(24)
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__((LOOPBACK, 0), _PageHandler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the standard library
        """Answer in a thread, or close the connection if there are too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the standard library
        """Answer, and let another connection in."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the standard library
        """Print nothing: a browser that goes away is no error of the demo."""


class _PageHandler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE
    wbufsize = -1  # one segment for headers and body

    def do_GET(self) -> None:
        name = self._name()
        if name == "state":
            self._answer(HTTPStatus.OK, *self._state())
        elif name in _FILES:
            file, media_type = _FILES[name]
            body = files(__package__).joinpath(file).read_bytes()
            self._answer(HTTPStatus.OK, body, media_type)
        elif name is not None:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        name = self._name()
        if name is None:
            return
        if name != "act":
            self._refuse(HTTPStatus.NOT_FOUND)
        elif self.headers.get("Origin") != f"http://{self.headers['Host']}":
            self._refuse(HTTPStatus.FORBIDDEN)
        elif self.headers.get("Content-Type") != _JSON:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        else:
            self._act()

    def _name(self) -> str | None:
        """Return what is asked for, or refuse the request and return `None`."""
        port = self.server.server_port
        hosts = self.headers.get_all("Host", [])
        if hosts not in ([f"{LOOPBACK}:{port}"], [f"localhost:{port}"]):
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        token, _, name = self.path.removeprefix("/").partition("/")
        is_known = secrets.compare_digest(token.encode(), self.server.token.encode())
        if not is_known:
            self._refuse(HTTPStatus.NOT_FOUND)
            return None
        return name

    def _act(self) -> None:
        length = self.headers.get("Content-Length", "")
        is_length = length.isascii() and length.isdigit()
        if not is_length or "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif len(length) > len(str(_MOST_BYTES)) or int(length) > _MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif (
            action := _action(self.rfile.read(int(length)))
        ) in self.server.simulator.actions:
            self.server.simulator.act(action)
            self._answer(HTTPStatus.OK, *self._state())
        else:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _state(self) -> tuple[bytes, str]:
        return json.dumps(self.server.simulator.state()).encode(), _JSON

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with *status* and end the connection, on which a body may follow."""
        self.close_connection = True
        self._answer(status, f"{status.phrase}\n".encode(), "text/plain")

    def _answer(self, status: HTTPStatus, body: bytes, media_type: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": media_type, "Content-Length": str(len(body))}
        for name, value in {**headers, **_HEADERS}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, *_: object, **__: object) -> None:
        """Refuse what is no request, or has another method."""
        self._refuse(HTTPStatus(code))

    def version_string(self) -> str:
        """Return the `Server` header."""
        return "imagelock"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Print nothing: the address has the token."""


def _action(body: bytes) -> str:
    """Return the action that *body* asks for, or `""`."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    action = document.get("action") if isinstance(document, dict) else None
    return action if isinstance(action, str) else ""
