"""Repositories of charts with an `index.yaml`, on the loopback address."""

from __future__ import annotations

from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from imagelock.demo.server import LOOPBACK, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def digest_of(content: str) -> str:
    """Return a digest that differs for each *content*."""
    return content.encode().hex().ljust(64, "0")[:64]


def index_of(charts: Mapping[str, Mapping[str, str]]) -> str:
    """Return an index as Helm writes it: the digest of each version, by its chart."""
    lines = ["apiVersion: v1", "entries:" if charts else "entries: {}"]
    for name, versions in charts.items():
        lines.append(f"  {name}:")
        for version, digest in versions.items():
            lines += [
                "  - annotations:",
                "      images: |",
                "        - name: decoy",
                "          version: 9.9.9",
                "    apiVersion: v2",
                '    created: "2026-01-01T00:00:00.000000000Z"',
                "    description: A chart",
                *([f"    digest: {digest}"] if digest else []),
                f"    name: {name}",
                "    urls:",
                f"    - https://elsewhere.example/{name}-{version}.tgz",
                f"    version: {version}",
            ]
    return "\n".join([*lines, 'generated: "2026-01-01T00:00:00.000000000Z"', ""])


@dataclass
class ChartRepositories:
    """Files by their path, and the requests for them with their credentials.

    A path in `logins` needs its user and password, `USER:PASSWORD`.
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def publish(self, path: str, charts: Mapping[str, Mapping[str, str]]) -> None:
        """Let the repository at *path* have *charts*: digests by version, by name."""
        self.files[f"{path}/index.yaml"] = index_of(charts).encode()

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.requests]


@contextmanager
def chart_repositories() -> Iterator[ChartRepositories]:
    """Serve repositories; yield them."""
    repositories = ChartRepositories()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = self.headers.get("Authorization")
            repositories.requests.append((self.path, login))
            wanted = repositories.logins.get(self.path)
            body = repositories.files.get(self.path, b"")
            if target := repositories.redirects.get(self.path):
                self.send_response(302)
                self.send_header("Location", target)
            elif wanted and login != f"Basic {b64encode(wanted.encode()).decode()}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="charts"')
                body = b""
            else:
                self.send_response(200 if self.path in repositories.files else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Print nothing: `requests` has every request."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    with running(server) as address:
        repositories.address = address
        yield repositories
