"""Connections: when they are used again, and through which proxies."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from imagelock.config.registries import HostSettings
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.bounded_network import RequestBounds
from imagelock.registry.http.network import NetworkTransport
from imagelock.registry.http.request_log import discard
from imagelock.registry.settings import ClientSettings
from tests.support.certificates import Authority
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Talk = Callable[[socket.socket, int], None]

MISSING: Final = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
NAME: Final = "registry.invalid"
"""The name of the registry, which only proxies know."""


@contextmanager
def listening(talk: Talk, *, clients: int = 8) -> Iterator[str]:
    """Let *talk* answer each connection, which it also gets the number of."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def accept() -> None:
            with suppress(OSError):
                for number in range(clients):
                    connection, _ = listener.accept()
                    connection.settimeout(10)
                    with connection, suppress(OSError):
                        talk(connection, number)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def head_of(connection: socket.socket) -> bytes:
    """Return the head of the next request on *connection*."""
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(65536)
        if not received:
            raise ConnectionResetError
        head += received
    return head


def ask(
    registry: str,
    *names: str,
    plain: bool = True,
    after_each: Callable[[], object] = lambda: None,
) -> list[str]:
    """Ask *registry* for a tag in each repository, and return what it was told."""
    settings = ClientSettings(hosts={registry: HostSettings(plain_http=plain)})
    messages = []
    with RegistryClient(settings, GivenKeychain({})) as client:
        for name in names:
            with pytest.raises(RegistryError) as caught:
                client.digest(Reference.parse(f"{registry}/{name}:1"))
            messages.append(str(caught.value))
            after_each()
    return messages


def test_a_connection_is_used_again() -> None:
    numbers: list[int] = []

    def talk(connection: socket.socket, number: int) -> None:
        while head_of(connection):
            numbers.append(number)
            connection.sendall(MISSING + b"\r\n")

    with listening(talk) as address:
        ask(address, "a", "b", "c")

    assert numbers == [0] * 6  # HEAD and GET


@pytest.mark.parametrize("says_so", [True, False])
def test_a_connection_that_the_server_closes_is_replaced(*, says_so: bool) -> None:
    numbers: list[int] = []

    def talk(connection: socket.socket, number: int) -> None:
        head_of(connection)
        numbers.append(number)
        close = b"Connection: close\r\n" if says_so else b""
        connection.sendall(MISSING + close + b"\r\n")

    with listening(talk) as address:
        messages = ask(address, "a", "b", "c")

    assert numbers == [*range(6)]
    assert all("does not have" in message for message in messages)


@pytest.mark.parametrize("at_once", [True, False])
def test_an_answer_that_nobody_asked_for_is_never_one(*, at_once: bool) -> None:
    """A second answer behind the first is not that to the next request."""
    asked: list[bytes] = []
    sent = threading.Semaphore(0)
    found = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake"

    def talk(connection: socket.socket, number: int) -> None:
        while head := head_of(connection):
            asked.append(head.split()[1])
            is_last = head.startswith(b"GET ")  # after HEAD for the same name
            if at_once:
                connection.sendall(MISSING + b"\r\n" + found)
            else:
                connection.sendall(MISSING + b"\r\n")
                # GET follows HEAD at once, and what comes after a request was
                # sent is an answer to it.
                if is_last:
                    connection.sendall(found)
            if is_last:
                sent.release()

    with listening(talk) as address:
        messages = ask(
            address, "a", "b", "c", after_each=lambda: sent.acquire(timeout=10)
        )

    assert asked == [f"/v2/{name}/manifests/1".encode() for name in "aabbcc"]
    assert all("does not have" in message for message in messages)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: +2\r\n\r\nxx",
        b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: gzip\r\n\r\nxx",
        b"HTTP/1.1 404 Not Found\r\nX-A : b\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n" + b"X-A: b\r\n" * 50_000 + b"\r\n",
        b"SIP/2.0 404 Not Found\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
    ids=["lengths", "sign", "coding", "space", "endless", "protocol", "upgrade"],
)
def test_what_is_no_answer(answer: bytes) -> None:
    def talk(connection: socket.socket, number: int) -> None:
        head_of(connection)
        connection.sendall(answer)

    with listening(talk) as address:
        settings = ClientSettings(hosts={address: HostSettings(plain_http=True)})
        with (
            RegistryClient(settings, GivenKeychain({})) as client,
            pytest.raises(RegistryError) as caught,
        ):
            client.tags(Reference.parse(f"{address}/a"))

    assert not isinstance(caught.value, NotFoundError)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Tunnel:
    """A proxy that connects to *target*, whatever it is asked for.

    *greet* talks to the client until the connection is wanted; then comes *answer*.
    """

    def __init__(self, target: str, greet: Talk, answer: bytes) -> None:
        self._target = target
        self._greet = greet
        self._answer = answer

    def __call__(self, connection: socket.socket, number: int) -> None:
        self._greet(connection, number)
        connection.sendall(self._answer)
        host, _, port = self._target.partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as server:
            back = threading.Thread(target=_pipe, args=(server, connection))
            back.start()
            _pipe(connection, server)
            back.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@dataclass
class Secure:
    """A registry with TLS, and the heads of the requests that it got."""

    address: str
    authority: Path
    heads: list[bytes]

    def ask(self) -> None:
        """Ask for a tag by a name that only a proxy can reach, and trust no other."""
        settings = ClientSettings(
            hosts={NAME: HostSettings(authorities=(self.authority,))}, timeout=10
        )
        with (
            RegistryClient(settings, GivenKeychain({})) as client,
            pytest.raises(NotFoundError),
        ):
            client.digest(Reference.parse(f"{NAME}/app:1"))


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    authority = Authority.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server", NAME))
    heads: list[bytes] = []

    def talk(connection: socket.socket, number: int) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            heads.append(head_of(secured))
            secured.sendall(MISSING + b"\r\n")

    with listening(talk) as address:
        yield Secure(address, authority.certificate, heads)


def test_a_proxy_is_asked_for_a_tunnel(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets its own credentials, and TLS goes through it to the registry."""
    asked: list[bytes] = []
    tunnel = Tunnel(
        secure.address,
        lambda connection, _: asked.append(head_of(connection)),
        b"HTTP/1.1 200 Connection established\r\n\r\n",
    )
    with listening(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://alice:s3cret@{proxy}")
        secure.ask()

    head, *more = asked
    assert all(other == head for other in more)
    assert head.startswith(f"CONNECT {NAME}:443 HTTP/1.1\r\n".encode())
    assert base64.b64encode(b"alice:s3cret") in head
    assert b"/v2/" not in head
    request, fetch = secure.heads
    assert request.startswith(b"HEAD /v2/app/manifests/1 HTTP/1.1\r\n")
    assert fetch == request.replace(b"HEAD", b"GET", 1)
    assert b"roxy" not in request
    assert b"uthorization" not in request


def test_a_socks_proxy_is_asked_for_the_name(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 1928: no credentials, and the proxy looks up the name."""
    asked: list[bytes] = []

    def greet(connection: socket.socket, _: int) -> None:
        connection.recv(64)
        connection.sendall(b"\x05\x00")
        asked.append(connection.recv(300))

    granted = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    with listening(Tunnel(secure.address, greet, granted)) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{proxy}")
        secure.ask()

    assert asked == [b"\x05\x01\x00\x03\x10" + NAME.encode() + b"\x01\xbb"] * 2
    assert len(secure.heads) == 2


def test_the_certificate_of_a_proxy_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket, number: int) -> None:
        connection.recv(64)

    with listening(talk) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy}")
        (message,) = ask(NAME, "app", plain=False)

    assert "TLS failed" in message or "connection failed" in message


def test_a_proxy_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket, number: int) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")

    with listening(talk) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy}")
        (message,) = ask(NAME, "app", plain=False)

    assert "the proxy refused the connection" in message


def test_a_connection_that_is_in_use_at_the_end_is_closed_after_it() -> None:
    def talk(connection: socket.socket, number: int) -> None:
        head_of(connection)
        connection.sendall(MISSING + b"\r\n")
        ended.append(connection.recv(1))

    ended: list[bytes] = []
    bounds = RequestBounds(monotonic)
    bounds.begin(10)
    with listening(talk, clients=1) as address:
        network = NetworkTransport(ClientSettings(), {}, discard, bounds)
        response = network.handle_request(httpx.Request("GET", f"http://{address}/"))
        network.close()
        response.close()

    assert ended == [b""]
