"""Looking up names, when the operating system takes its time."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from imagelock.errors import RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.name_lookup import addresses_of
from imagelock.registry.settings import ClientSettings
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no lookup of a name end during the test."""
    end = threading.Event()
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: object, **more: object) -> object:
        if host.startswith("127."):
            return real(host, *rest, **more)  # type: ignore[arg-type]
        end.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "")

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    yield
    end.set()


@pytest.mark.usefixtures("silence")
def test_a_lookup_without_an_answer_ends() -> None:
    with pytest.raises(TimeoutError):
        addresses_of("registry.example", 0.1)
    assert addresses_of("127.0.0.1", 0.1) == ["127.0.0.1"]


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize(("timeout", "deadline"), [(0.1, 60.0), (30.0, 0.5)])
def test_a_run_ends_although_no_name_is_found(timeout: float, deadline: float) -> None:
    settings = ClientSettings(timeout=timeout, deadline=deadline)
    began = time.monotonic()

    with (
        RegistryClient(settings, GivenKeychain({})) as client,
        pytest.raises(RegistryError, match=r"did not answer in time|too long|ran out"),
    ):
        client.digest(Reference.parse("registry.example/a:1"))

    assert time.monotonic() - began < 20


def test_a_name_that_cannot_be_is_not_found() -> None:
    with pytest.raises(socket.gaierror):
        addresses_of(f"{'a' * 64}.example", 5.0)
