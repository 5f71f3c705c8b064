"""`requests-per-minute` and `pulls-per-6h`: what a host is asked at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.config.registries import HostSettings
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.conftest import AMD64
from tests.registry.conftest import Time
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.memory import World

NGINX = Reference.parse("nginx:1.27")
SIDE = Reference.parse("ghcr.io/acme/side:v2")
HOUR = 3600.0


@pytest.fixture(autouse=True)
def images(world: World, hub: MemoryRegistry) -> None:
    other = MemoryRegistry()
    world.add("ghcr.io", other)
    hub.push_image("library/nginx", "1.27", [AMD64])
    other.push_image("acme/side", "v2", [AMD64])


def client(
    world: World, time: Time, host: HostSettings, pulls: Path | None = None
) -> RegistryClient:
    deadline = 100 if host.requests_per_minute else 10 * HOUR
    settings = ClientSettings(hosts={"docker.io": host}, deadline=deadline, pulls=pulls)
    return RegistryClient(
        settings, GivenKeychain({}), transport=world.transport, clock=time.clock
    )


def pull(registry: RegistryClient, reference: Reference = NGINX) -> None:
    registry.image(reference, None, [AMD64])


def test_requests_wait_for_their_minute(world: World) -> None:
    time = Time()
    with client(world, time, HostSettings(requests_per_minute=3)) as registry:
        for _ in range(6):
            registry.digest(NGINX)
        assert time.naps == [60.0]
        assert len(world.log) == 6

        with pytest.raises(RegistryError, match="3 requests a minute") as caught:
            registry.digest(NGINX)
        assert "raise `--timeout`" in str(caught.value.hint)
        assert len(world.log) == 6
        assert time.naps == [60.0], "there is no use in waiting"
        registry.digest(SIDE)
        assert time.naps == [60.0], "another host has no limit"


def test_a_pull_too_many_could_not_be_checked(world: World) -> None:
    time = Time()
    with client(world, time, HostSettings(pulls_per_6h=2)) as registry:
        pull(registry)
        time.now += HOUR
        pull(registry)
        with pytest.raises(RegistryError, match="used up: 2") as caught:
            pull(registry)
        assert caught.value.cause == (
            "`docker.io`: the pulls that the settings allow in 6 hours are used up: 2"
        )
        assert caught.value.hint == "run it again after 06:16 UTC to go on from there"
        registry.digest(NGINX)  # HEAD is not counted
        pull(registry, SIDE)
        time.now -= HOUR
    assert sum(line.startswith("GET") and "nginx" in line for line in world.log) == 2


def test_runs_share_the_window(world: World, tmp_path: Path) -> None:
    time = Time()
    file = tmp_path / "cache" / "pulls.sqlite"
    host = HostSettings(pulls_per_6h=1)
    with client(world, time, host, file) as registry:
        pull(registry)
    with client(world, time, host, file) as registry, pytest.raises(RegistryError):
        pull(registry)
    time.now += 6 * HOUR
    with client(world, time, host, file) as registry:
        pull(registry)
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", ["damaged", "folder", "link"])
def test_a_file_that_cannot_be_used_is_no_reason_to_fail(
    world: World, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "pulls.sqlite"
    if kind == "folder":
        file.mkdir()
    elif kind == "link":
        (tmp_path / "other").write_bytes(b"")
        file.symlink_to(tmp_path / "other")
    else:
        file.write_bytes(b"no database" * 100)
    before = (tmp_path / "other").exists() and (tmp_path / "other").read_bytes()

    with client(world, Time(), HostSettings(pulls_per_6h=1), file) as registry:
        pull(registry)
        with pytest.raises(RegistryError, match="used up: 1"):
            pull(registry)
        (notice,) = registry.notices

    assert notice.startswith("pulls of earlier runs are not counted: ")
    assert before == (
        (tmp_path / "other").exists() and (tmp_path / "other").read_bytes()
    )


def test_without_a_budget_nothing_is_counted(world: World, tmp_path: Path) -> None:
    file = tmp_path / "pulls.sqlite"
    with client(world, Time(), HostSettings(), file) as registry:
        pull(registry)
    assert not file.exists()
