"""Registries that fail, through the real command line and over real connections."""

from __future__ import annotations

import re
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from tests.conftest import AMD64, Result, Run, started
from tests.support.faulty import Faulty, Hanging, RegistryServer, serving
from tests.support.slow import (
    SLOW,
    hint_flood,
    serve_slowly,
    silent,
    slow_body,
    slow_chunks,
    slow_headers,
)

if TYPE_CHECKING:
    from tests.support.slow import Pieces


def failures(result: Result, address: str) -> int:
    """Return of how many images *result* says that *address* did not answer."""
    text = f"{result.out}{result.err}"
    groups = re.findall(rf"`{re.escape(address)}`: .* \((\d+) images\)", text)
    alone = {line for line in text.splitlines() if f"cannot get `{address}/" in line}
    return sum(map(int, groups)) + len(alone)


def compose(project: Path, images: list[str]) -> None:
    services = "".join(f"  s{n}: {{image: '{i}'}}\n" for n, i in enumerate(images))
    (project / "compose.yaml").write_text(f"services:\n{services}")
    (project / "imagelock.toml").write_text('platforms = ["linux/amd64"]\n')


def test_one_failure_in_ten_requests_does_not_keep_300_images_from_being_locked(
    project: Path, imagelock: Run
) -> None:
    registry = MemoryRegistry()
    names = [f"team/app{number}" for number in range(300)]
    for name in names:
        registry.push_image(name, "1", [AMD64], salts=name)

    with serving(Faulty(registry, every=10)) as server:
        compose(project, [f"{server.address}/{name}:1" for name in names])
        result = imagelock("lock")

    assert result.exit_code == 0, result
    assert "300 images locked" in result.out
    assert len(server.failed) >= 30
    assert set(server.failed) == {"limit", "error", "reset"}


def test_a_dead_host_does_not_keep_the_others_from_being_locked(
    project: Path, imagelock: Run
) -> None:
    registry = MemoryRegistry()
    names = [f"team/app{number}" for number in range(10)]
    for name in names:
        registry.push_image(name, "1", [AMD64], salts=name)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"127.0.0.1:{closed.getsockname()[1]}"

    with (
        serving(Faulty(registry, every=10)) as first,
        serving(Faulty(registry, every=10)) as second,
    ):
        hosts = [dead, first.address, second.address]
        compose(project, [f"{host}/{name}:1" for name in names for host in hosts])
        result = imagelock("lock")

    assert result.exit_code == 3, result
    assert "20 images locked" in result.out
    assert failures(result, dead) == 10
    assert dead not in (project / "images.lock").read_text()


@pytest.mark.parametrize("command", ["lock", "verify", "update"])
def test_a_run_does_not_wait_for_longer_than_it_may(
    project: Path, imagelock: Run, command: str
) -> None:
    registry = MemoryRegistry()
    registry.push_image("team/app", "1", [AMD64])
    with serving(RegistryServer(registry)) as server:
        compose(project, [f"{server.address}/team/app:1"])
        assert imagelock("lock").exit_code == 0
    with serving(Faulty(registry, every=1, wait="50")) as busy:
        text = (project / "imagelock.toml").read_text()
        mirror = f'mirror = "http://{busy.address}"\nresolve-from-mirror = true\n'
        (project / "imagelock.toml").write_text(
            f'{text}[registries."{server.address}"]\n{mirror}'
        )
        before = (project / "images.lock").read_bytes()
        if command == "lock":
            compose_again = (project / "compose.yaml").read_text().replace(":1'", ":2'")
            (project / "compose.yaml").write_text(compose_again)
        result = imagelock(command, "--timeout", "40")

    assert result.exit_code == 3, result
    assert "it asks to wait 50 seconds" in result.out + result.err
    assert command == "lock" or (project / "images.lock").read_bytes() == before


def test_an_interruption_ends_a_wait_at_once(project: Path) -> None:
    with serving(Faulty(MemoryRegistry(), every=1, wait="50")) as busy:
        compose(project, [f"{busy.address}/team/app:{tag}" for tag in range(3)])
        program = [sys.executable, "-c", "from imagelock.cli import run; run()", "lock"]
        with started(program) as running:
            assert busy.refused.wait(30)
            running.send_signal(signal.SIGINT)
            _, error = running.communicate(timeout=20)

    assert running.returncode == 130
    assert "interrupted" in error
    assert not (project / "images.lock").exists()


def test_twice_verbose_shows_each_request_and_no_secret(
    project: Path, imagelock: Run
) -> None:
    config = Path.home() / ".docker" / "config.json"
    config.parent.mkdir()
    registry = MemoryRegistry(
        authentication=AuthScheme.TOKEN, users={"alice": "planted-secret"}
    )
    registry.push_image("team/app", "1", [AMD64])
    with serving(Faulty(registry, every=4)) as server:
        encoded = "YWxpY2U6cGxhbnRlZC1zZWNyZXQ="
        config.write_text(
            f'{{"auths": {{"{server.address}": {{"auth": "{encoded}"}}}}}}'
        )
        compose(project, [f"{server.address}/team/app:1"])
        quiet = imagelock("lock", "--check", "-v")
        result = imagelock("-vv", "lock")

    assert result.exit_code == 0, result
    assert "/v2/" not in quiet.err
    assert f"GET http://{server.address}/v2/team/app/manifests/1 401 " in result.err
    assert f"GET http://{server.address}/v2/team/app/manifests/1 200 " in result.err
    assert ", attempt 2" in result.err
    assert "scope=repository:team/app:pull" in result.err
    for secret in ("planted", encoded, "memory-token-", "Bearer", "Basic"):
        assert secret not in f"{result}"


@pytest.mark.parametrize("pieces", SLOW)
def test_a_server_that_never_ends_its_answer_does_not_outlast_the_run(
    project: Path, imagelock: Run, pieces: Pieces
) -> None:
    registry = MemoryRegistry()
    names = [f"team/app{number}" for number in range(10)]
    for name in names:
        registry.push_image(name, "1", [AMD64], salts=name)
    with (
        serve_slowly(
            pieces, at_once="HEAD" if pieces in {slow_body, slow_chunks} else ""
        ) as slow,
        serving(RegistryServer(registry)) as good,
    ):
        hosts = [slow.address, good.address]
        compose(project, [f"{host}/{name}:1" for host in hosts for name in names])
        began = time.monotonic()
        result = imagelock("lock", "--timeout", "3")
        seconds = time.monotonic() - began

    assert result.exit_code == 3, result
    assert "10 images locked" in result.out
    assert failures(result, slow.address) == 10
    assert "it did not answer in time" in result.err
    assert seconds < 15


def test_interim_answers_without_end_are_no_answer(
    project: Path, imagelock: Run
) -> None:
    with serve_slowly(hint_flood, pause=0.0) as flood:
        compose(project, [f"{flood.address}/team/app:1"])
        result = imagelock("lock", "--timeout", "15")

    assert result.exit_code == 3, result
    assert "it sent more than belongs to an answer" in result.err
    assert flood.asked == 1


def test_a_proxy_that_never_ends_its_answer_does_not_outlast_the_run(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_slowly(slow_headers, pause=0.2) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        compose(project, ["registry.example/team/app:1"])
        result = imagelock("lock", "--timeout", "2")

    assert result.exit_code == 3, result
    assert "it did not answer in time" in result.err
    assert proxy.asked == 1


def test_a_tls_handshake_that_never_ends_does_not_outlast_the_run(
    project: Path, imagelock: Run
) -> None:
    with serve_slowly(silent) as slow:
        compose(project, [f"{slow.address}/team/app:1"])
        settings = (project / "imagelock.toml").read_text()
        tls = f'[registries."{slow.address}"]\nplain-http = false\n'
        (project / "imagelock.toml").write_text(f"{settings}{tls}")
        result = imagelock("lock", "--timeout", "2")

    assert result.exit_code == 3, result
    assert "it did not answer in time" in result.err


def test_one_request_has_an_end_long_before_the_run(
    project: Path, imagelock: Run
) -> None:
    with serve_slowly(slow_headers, pause=0.2) as slow:
        compose(project, [f"{slow.address}/team/app{n}:1" for n in range(20)])
        settings = (project / "imagelock.toml").read_text()
        (project / "imagelock.toml").write_text(f"request-timeout = 1\n{settings}")
        result = imagelock("lock", "--timeout", "120")

    assert result.exit_code == 3, result
    assert "it did not answer in time (20 images)" in result.err
    assert slow.asked == 1


@pytest.mark.parametrize("command", ["lock", "verify", "update", "outdated"])
def test_a_host_that_hangs_does_not_keep_the_others_waiting(
    project: Path, imagelock: Run, command: str
) -> None:
    registry = MemoryRegistry()
    names = [f"team/app{number}" for number in range(40)]
    for name in names:
        for tag in ("1", "2"):
            registry.push_image(name, tag, [AMD64], salts=name)
    with (
        serving(Hanging(registry)) as bad,
        serving(RegistryServer(registry)) as good,
    ):
        images = [f"{bad.address}/{name}" for name in names[:20]]
        images += [f"{good.address}/{name}" for name in names]
        compose(project, [f"{image}:1" for image in images])
        assert imagelock("lock").exit_code == 0
        if command == "lock":
            compose(project, [f"{image}:2" for image in images])
        bad.hangs.set()
        result = imagelock(command, "--timeout", "5")
        bad.over.set()

    assert result.exit_code == 3, result
    assert failures(result, bad.address) == 20
    assert failures(result, good.address) == 0
    locked = (project / "images.lock").read_text().count(f"{good.address}/")
    assert locked == 40
    assert ("/app0:2" in (project / "images.lock").read_text()) == (command == "lock")
