"""What an image states about its base must not send requests into the own network."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.registry.http.address import Reach, reach_of
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure
from tests.support.publishing import Build, index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

HOSTILE: Final = "registry.attacker.example"
BASE: Final = "org.opencontainers.image.base."
NOT_PUBLIC: Final = (
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254"),
    *("100.100.100.200", "0.0.0.0", "::1", "fe80::1", "fd00:ec2::254"),  # noqa: S104 - nothing listens
    *("::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::", "224.0.0.1"),
)


class Inside:
    """A server in the own network, and the addresses that the hostile name has."""

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.port: int = server.getsockname()[1]
        self.connections = 0
        self.addresses = ["127.0.0.1"]

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    """A listener at which every connection to port 443 of `HOSTILE` would arrive."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        network = Inside(server)
        look_up, connect = socket.getaddrinfo, socket.create_connection

        def getaddrinfo(host: str, *rest: object, **more: object) -> object:
            if host == HOSTILE:
                return [
                    (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
                    for address in network.addresses
                ]
            return look_up(host, *rest, **more)  # type: ignore[arg-type]

        def create_connection(
            address: tuple[str, int], *rest: object, **more: object
        ) -> socket.socket:
            target = ("127.0.0.1", network.port) if address[1] == 443 else address
            return connect(target, *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
        monkeypatch.setattr("socket.create_connection", create_connection)
        thread = threading.Thread(target=network.listen, daemon=True)
        thread.start()
        yield network
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def shop(project: Path, address: str, hub: MemoryRegistry) -> Path:
    digest = hub.push_image("library/debian", "12", [AMD64, ARM64])
    stated = {f"{BASE}name": f"{HOSTILE}/os:1", f"{BASE}digest": str(digest)}
    hub.push("acme/app", "1", index([AMD64, ARM64], Build(annotations=stated)))
    (project / "compose.yaml").write_text("services: {a: {image: 'acme/app:1'}}\n")
    configure(project, address)
    return project


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["192.168.7.1"], ["8.8.8.8", "10.0.0.1"]]
)
@pytest.mark.parametrize("command", ["outdated", "list"])
@pytest.mark.usefixtures("shop")
def test_a_public_name_with_an_inner_address_is_not_asked(
    inside: Inside, imagelock: Run, addresses: list[str], command: str
) -> None:
    assert imagelock("lock").exit_code == 0
    inside.addresses = addresses

    image = ["acme/app:1"] if command == "list" else []
    result = imagelock(command, "--bases", "-v", *image)

    assert inside.connections == 0
    assert result.exit_code == 3
    assert "its name leads to an address that is not public" in result.out + result.err


@pytest.mark.usefixtures("shop")
def test_a_public_address_is_asked(inside: Inside, imagelock: Run) -> None:
    assert imagelock("lock").exit_code == 0
    inside.addresses = ["8.8.8.8"]

    assert imagelock("outdated", "--bases").exit_code == 3

    assert inside.connections


def test_a_registry_of_the_settings_may_be_inside(
    shop: Path, inside: Inside, imagelock: Run
) -> None:
    """The user has named it, and so knows where it is."""
    settings = shop / "imagelock.toml"
    settings.write_text(f'{settings.read_text()}[registries."{HOSTILE}"]\n')
    assert imagelock("lock").exit_code == 0

    assert imagelock("outdated", "--bases").exit_code == 3

    assert inside.connections


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public(address: str) -> None:
    assert reach_of(address) is not Reach.PUBLIC


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_a_public_address(address: str) -> None:
    assert reach_of(address) is Reach.PUBLIC
