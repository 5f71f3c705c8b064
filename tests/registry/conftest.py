from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.registry.auth.credentials.model import Credential
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.retry import Clock
from imagelock.registry.settings import ClientSettings
from tests.support.keychain import GivenKeychain
from tests.support.memory import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.config.registries import HostSettings

HUB = "registry-1.docker.io"
"""Where `docker.io` is served."""

ALICE = Credential("alice", "s3cret:word")


class Time:
    """A clock that advances only while a thread sleeps, and records the sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []
        self.meanwhile: Callable[[], object] | None = None
        """Called once, during the next sleep."""

    def sleep(self, seconds: float) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        self.naps.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        """This time for both clocks, and always the longest delay."""
        return Clock(self.read, self.read, self.sleep, lambda: 1.0)

    def read(self) -> float:
        return self.now


class Connect(Protocol):
    """Opens a client; settings and credentials are by the name of the registry."""

    def __call__(
        self,
        hosts: Mapping[str, HostSettings] | None = None,
        credentials: Mapping[str, Credential] | None = None,
    ) -> RegistryClient: ...


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def hub(world: World) -> MemoryRegistry:
    """Docker Hub, without authentication."""
    registry = MemoryRegistry()
    world.add(HUB, registry)
    return registry


@pytest.fixture
def connect(world: World) -> Iterator[Connect]:
    """Open clients for the hosts of `world`, and close them at the end."""
    opened: list[RegistryClient] = []

    def connect(
        hosts: Mapping[str, HostSettings] | None = None,
        credentials: Mapping[str, Credential] | None = None,
    ) -> RegistryClient:
        settings = ClientSettings(hosts=hosts or {})
        keychain = GivenKeychain(credentials or {})
        registry = RegistryClient(
            settings, keychain, transport=world.transport, clock=Time().clock
        )
        opened.append(registry)
        return registry

    yield connect
    for registry in opened:
        registry.__exit__(None, None, None)


@pytest.fixture
def client(connect: Connect) -> RegistryClient:
    """A client without settings and credentials."""
    return connect()
