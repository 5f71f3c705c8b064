"""Every operation against every fault, through the command line and over the wire.

A registry misbehaves while another is healthy: an image of the first is reported as
failed (3, never clean, never drift), keeps its entry, and stops no other image.
"""

from __future__ import annotations

import base64
import json
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.conftest import AMD64, ARM64, Run
from tests.registry.conftest import Time
from tests.support.faults import (
    CHALLENGE,
    FAULTS,
    HANG,
    REDIRECT,
    Fault,
    Faulty,
    redirecting,
    serve,
)
from tests.support.keychain import GivenKeychain
from tests.support.memory import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.slow

PASSWORD: Final = "hunter2:s3cret"
HANG_SECONDS: Final = 0.5
"""Seconds that the client waits for a response that never comes."""

EXPECTED: Final = {
    "429": "its rate limit is reached; it asks to wait 60 minutes",
    "500": "it failed with status 500",
    "reset": "the connection failed",
    "hang": "it did not answer in time",
    "truncated": "the connection failed (peer closed connection",
    "wrong digest": "does not have",
    "other bytes": "when asked for",
    "missing digest": None,
    "garbage digest": None,
    "login page": "its answer is `text/html`, not an image manifest",
    "redirect loop": "it redirects more than 5 times",
    "redirect to another host": "access is denied",
    "cross-host challenge": "the token server that it names",
    "gzip bomb": "it sent a compressed answer",
    "over-long": "its answer is larger than 4096 KiB",
    "schema 1": "schema 1",
    "ambiguous": "it is both an index and a manifest",
    "impossible date": "it failed with status 503",
    "wrong JSON types": "its manifest is malformed: `[]` is not a digest",
}
"""The message for each fault; `None` if hashing the content makes up for it."""

EXPECTED_IN_ONE_ANSWER = {
    "wrong digest": "declared it as",
    "other bytes": "declared it as",
}
"""Those that differ where the digest and the content come in one answer."""


@dataclass
class Shop:
    """A project with an image on a registry that fails, and an image on another."""

    folder: Path
    faulty: Faulty
    healthy: MemoryRegistry
    trap: MemoryRegistry
    trap_url: str
    victim: str
    other: str

    def breaks(self, fault: Fault) -> None:
        """Inject *fault* into authenticated requests, or into the authentication."""
        chosen = redirecting(self.trap_url) if fault is REDIRECT else fault
        self.faulty.when = lambda _method, _target, headers: (
            "authorization" in headers or fault is CHALLENGE
        )
        self.faulty.fault = chosen

    def push(self, salt: str) -> None:
        for registry in (self.faulty.registry, self.healthy):
            registry.push_image("team/app", "1", [AMD64, ARM64], salts=salt)

    @property
    def lockfile(self) -> bytes:
        return (self.folder / "images.lock").read_bytes()

    @property
    def digests(self) -> dict[str, str]:
        images = tomllib.loads(self.lockfile.decode()).get("image", [])
        return {image["reference"]: image["digest"] for image in images}


@pytest.fixture
def shop(project: Path) -> Iterator[Shop]:
    users = {"alice": PASSWORD}
    faulty = Faulty(MemoryRegistry(authentication=AuthScheme.BASIC, users=users))
    healthy = MemoryRegistry()
    trap = MemoryRegistry(authentication=AuthScheme.BASIC, users={"mallory": "x"})
    with ExitStack() as stack:
        urls = [stack.enter_context(serve(server)) for server in
                (faulty, Faulty(healthy), Faulty(trap))]  # fmt: skip
        hosts = [url.removeprefix("http://") for url in urls]
        victim, other = (f"{host}/team/app:1" for host in hosts[:2])
        (project / "compose.yaml").write_text(
            f"services:\n  a:\n    image: {victim}\n  b:\n    image: {other}\n"
        )
        (project / "imagelock.toml").write_text("")
        log_in(hosts[0])
        shop = Shop(project, faulty, healthy, trap, urls[2], victim, other)
        shop.push("old")
        yield shop


def log_in(host: str) -> None:
    folder = Path.home() / ".docker"
    folder.mkdir()
    auth = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))


every_fault = pytest.mark.parametrize("fault", FAULTS, ids=str)


def test_every_fault_has_its_expectation() -> None:
    assert [str(fault) for fault in FAULTS] == list(EXPECTED)


def impatient(shop: Shop, fault: Fault) -> None:
    """Shorten the waits, and only wait where waiting is tested."""
    if fault is HANG:
        settings = f"request-timeout = {HANG_SECONDS}\n"
        (shop.folder / "imagelock.toml").write_text(settings)


def run_json(run: Run, *arguments: str) -> tuple[int, Any]:
    result = run(*arguments, "--format", "json")
    assert PASSWORD not in str(result)
    return result.exit_code, json.loads(result.out)


def check_failure(output: Mapping[str, Any], shop: Shop, words: str | None) -> None:
    """Check that the victim, and only it, failed for the expected reason."""
    failures = {f["reference"]: f["message"] for f in output["failures"]}
    assert list(failures) == ([shop.victim] if words else [])
    assert (words or "") in "".join(failures.values())


@every_fault
def test_lock_a_new_image(shop: Shop, imagelock: Run, fault: Fault) -> None:
    words = EXPECTED_IN_ONE_ANSWER.get(str(fault), EXPECTED[str(fault)])
    impatient(shop, fault)
    shop.breaks(fault)

    code, output = run_json(imagelock, "lock")

    assert code == (3 if words else 0)
    check_failure(output, shop, words)
    locked = {shop.other} if words else {shop.victim, shop.other}
    assert set(shop.digests) == locked


@every_fault
def test_verify_online(shop: Shop, imagelock: Run, fault: Fault) -> None:
    words = EXPECTED[str(fault)]
    assert imagelock("lock").exit_code == 0
    before = shop.lockfile
    impatient(shop, fault)
    shop.breaks(fault)

    code, output = run_json(imagelock, "verify")

    assert code == (3 if words else 0)
    assert (output["checked"], output["could_not_check"]) == (
        (1, 1) if words else (2, 0)
    )
    found = {f["reference"]: (f["rule"], f["message"]) for f in output["findings"]}
    assert list(found) == ([shop.victim] if words else [])
    for rule, message in found.values():
        assert rule == "could-not-check"
        assert (words or "") in message
    assert shop.lockfile == before


@every_fault
def test_update(shop: Shop, imagelock: Run, fault: Fault) -> None:
    words = EXPECTED[str(fault)]
    assert imagelock("lock").exit_code == 0
    before = shop.digests
    shop.push("new")
    impatient(shop, fault)
    shop.breaks(fault)

    code, output = run_json(imagelock, "update")

    assert code == (3 if words else 0)
    check_failure(output, shop, words)
    assert (shop.digests[shop.victim] == before[shop.victim]) == bool(words)
    assert shop.digests[shop.other] != before[shop.other]


def test_a_fault_does_not_hide_the_drift_of_another_image(
    shop: Shop, imagelock: Run
) -> None:
    imagelock("lock")
    shop.push("new")
    shop.breaks(FAULTS[1])

    code, output = run_json(imagelock, "verify")

    rules = {f["reference"]: f["rule"] for f in output["findings"]}
    assert rules == {shop.victim: "could-not-check", shop.other: "drift"}
    assert code == 1


def test_a_redirect_takes_no_password_to_another_host(
    shop: Shop, imagelock: Run
) -> None:
    seen: list[Mapping[str, str]] = []
    watched = Faulty(shop.trap)

    def watch(method: str, target: str, headers: Mapping[str, str]) -> bool:
        seen.append(headers)
        return False

    watched.when, watched.fault = watch, HANG
    with serve(watched) as url:
        shop.trap_url = url
        shop.breaks(REDIRECT)
        imagelock("lock")

    assert seen
    assert not any("authorization" in headers for headers in seen)


@every_fault
def test_the_client_says_the_same_of_a_registry_in_memory(fault: Fault) -> None:
    """In memory and over https: the same message, and no digest is trusted."""
    memory = MemoryRegistry()
    digest = memory.push_image("team/app", "1", [AMD64])
    faulty = Faulty(memory)
    trap = "https://trap.example.com"
    faulty.fault = redirecting(trap) if fault is REDIRECT else fault
    world = World()
    world.hosts["registry.example.com"] = faulty
    world.answer("trap.example.com", 401)
    reference = Reference.parse("registry.example.com/team/app:1")
    words = EXPECTED[str(fault)]

    with RegistryClient(
        ClientSettings(),
        GivenKeychain({}),
        transport=world.transport,
        clock=Time().clock,
    ) as registry:
        if words is None:
            assert registry.digest(reference) == digest
            return
        with pytest.raises(RegistryError) as error:
            registry.image(reference, registry.digest(reference), [AMD64])

    assert words in str(error.value)
