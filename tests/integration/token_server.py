"""A token server for `docker-registry`: signs with RS256, by `openssl`.

distribution, "Token Authentication Specification"; version 2.8.2 wants the
certificate in the `x5c` header and `aud` as one string.
"""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVICE: Final = "registry.test"
ISSUER: Final = "imagelock tests"


@dataclass
class TokenServer:
    """A running token server, at `url`; `users` are passwords by name."""

    folder: Path
    users: dict[str, str]
    url: str = ""
    scopes: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def configuration(self) -> str:
        """Return the configuration for a registry that uses this token server."""
        return (
            f"auth: {{token: {{realm: '{self.url}', service: {SERVICE},"
            f" issuer: {ISSUER}, rootcertbundle: {self.folder}/token.crt}}}}\n"
        )

    def certify(self) -> None:
        """Make a key and its certificate."""
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
                *("-days", "2", "-subj", "/CN=token"),
                *("-keyout", self.folder / "token.key"),
                *("-out", self.folder / "token.crt"),
            ],
            check=True,
            capture_output=True,
        )

    def knows(self, authorization: str) -> bool:
        """Return whether *authorization* is that of a user."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        name, _, password = pair.partition(":")
        return self.users.get(name) == password

    def token(self, scopes: list[str]) -> str:
        """Return a token that grants *scopes*: `repository:NAME:pull`."""
        self.scopes += scopes
        now = int(time.time())
        pem = (self.folder / "token.crt").read_text()
        der = base64.b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()
        header = {"typ": "JWT", "alg": "RS256", "x5c": [der]}
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": "alice",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": str(next(self.numbers)),
            "access": [
                {"type": kind, "name": name, "actions": actions.split(",")}
                for kind, name, actions in (scope.split(":") for scope in scopes)
            ],
        }
        signed = f"{_encoded(_json(header))}.{_encoded(_json(claims))}"
        key = self.folder / "token.key"
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", key],
            input=signed.encode(),
            check=True,
            capture_output=True,
        ).stdout
        return f"{signed}.{_encoded(signature)}"


@contextmanager
def token_server(folder: Path, users: dict[str, str]) -> Iterator[TokenServer]:
    """Run a token server whose key is in *folder*, on a free loopback port."""
    tokens = TokenServer(folder, users)
    tokens.certify()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not tokens.knows(self.headers.get("Authorization", "")):
                self.send_error(401)
                return
            scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
            body = _json({"token": tokens.token(" ".join(scopes).split())})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        tokens.url = f"http://127.0.0.1:{server.server_port}/token"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield tokens
        finally:
            server.shutdown()
            thread.join()


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
