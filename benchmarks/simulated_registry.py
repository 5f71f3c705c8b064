"""A registry with a network in between, as a process of its own.

    python benchmarks/simulated_registry.py --round-trip 0.04

It prints its address. Each line on its standard input is answered with the counts
since the last one, as JSON. It has every repository and every tag, each an index of
two platforms, and its answers take a round trip; the first one on a connection takes
one more, for the connection. Each repository needs a token. TLS is refused as servers
in Go refuse it, which clients try first.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
PLATFORMS: Final = (
    {"os": "linux", "architecture": "amd64"},
    {"os": "linux", "architecture": "arm64", "variant": "v8"},
)
TLS_HELLO: Final = b"\x16"
"""The type of a TLS record with a handshake (RFC 8446, 5.1)."""
REFUSED: Final = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\n400 Bad Request"
)
_PATH: Final = re.compile(r"/v2/(?P<repository>.+)/manifests/(?P<item>[^/]+)")


@dataclass(slots=True)
class Registry:
    """The content, and what clients did."""

    round_trip: float
    counts: Counter[str] = field(default_factory=Counter)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    open_connections: int = 0

    async def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.counts["connections"] += 1
        self.open_connections += 1
        at_once = max(self.counts["connections at once"], self.open_connections)
        self.counts["connections at once"] = at_once
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has all that it wants
        finally:
            self.open_connections -= 1
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        wait = 2 * self.round_trip
        while True:
            first = await reader.readexactly(1)
            if first == TLS_HELLO:
                self.counts["TLS hellos"] += 1
                await asyncio.sleep(wait)
                writer.write(REFUSED)
                return
            head = first + await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(wait)
            wait = self.round_trip
            writer.write(self._answer(head.decode("latin-1")))
            await writer.drain()

    def _answer(self, head: str) -> bytes:
        request, *lines = head.split("\r\n")
        method, target, _ = request.split(" ")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
        self.counts["requests"] += 1
        url = urlsplit(target)
        if url.path == "/token":
            self.counts["tokens"] += 1
            scopes = parse_qs(url.query).get("scope", [])
            token = json.dumps({"token": ",".join(s.split(":")[1] for s in scopes)})
            return response("200 OK", token.encode(), "application/json")
        match = _PATH.fullmatch(unquote(url.path))
        repository = match["repository"] if match else ""
        granted = headers.get("authorization", "").removeprefix("Bearer ").split(",")
        if "authorization" not in headers or (match and repository not in granted):
            return challenge(headers["host"], repository, is_head=method == "HEAD")
        if match is None:
            return response("200 OK", b"{}", "application/json")
        self.counts[method] += 1
        kind, body = self._manifest(repository, match["item"])
        digest = f"Docker-Content-Digest: {sha256(body)}\r\n"
        return response("200 OK", body, kind, digest, is_head=method == "HEAD")

    def _manifest(self, repository: str, item: str) -> tuple[str, bytes]:
        if item not in self.manifests and not item.startswith("sha256:"):
            children = [manifest(f"{repository}:{item} {p}") for p in PLATFORMS]
            body = index(tuple(children))
            self.manifests |= {sha256(child): (MANIFEST, child) for child in children}
            self.manifests[sha256(body)] = INDEX, body
            return INDEX, body
        return self.manifests[item]


def challenge(host: str, repository: str, *, is_head: bool) -> bytes:
    scope = f',scope="repository:{repository}:pull"' if repository else ""
    header = (
        f'WWW-Authenticate: Bearer realm="http://{host}/token",service="sim"{scope}\r\n'
    )
    kind = "application/json"
    return response("401 Unauthorized", b"{}", kind, header, is_head=is_head)


def response(
    status: str, body: bytes, kind: str, headers: str = "", *, is_head: bool = False
) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + (b"" if is_head else body)


@cache
def manifest(seed: str) -> bytes:
    config = sha256(seed.encode())
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config,
            "size": 2,
        },
        "layers": [],
    }
    return json.dumps(document).encode()


@cache
def index(children: tuple[bytes, ...]) -> bytes:
    manifests = [
        {
            "mediaType": MANIFEST,
            "digest": sha256(child),
            "size": len(child),
            "platform": platform,
        }
        for child, platform in zip(children, PLATFORMS, strict=True)
    ]
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
    return json.dumps(document).encode()


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--round-trip", type=float, default=0.0, help="in seconds")
    registry = Registry(parser.parse_args().round_trip)
    server = await asyncio.start_server(registry.connected, "127.0.0.1", backlog=1024)
    host, port = server.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(registry.counts), flush=True)
        registry.counts.clear()


if __name__ == "__main__":
    asyncio.run(main())
