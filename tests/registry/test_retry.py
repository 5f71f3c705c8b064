"""Retries: which requests are repeated, when, and for how long."""

from __future__ import annotations

import itertools
import socket
import ssl
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.model.registry_status import Quota
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.failure import RequestTimeout
from imagelock.registry.http.request_log import redact_url
from imagelock.registry.http.retry import TRIES, delays
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Time
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.digest import Digest
    from tests.support.memory import World

    Fault = Callable[[], httpx.Response]

AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1.27")


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def client(world: World, time: Time, lines: list[str]) -> Iterator[RegistryClient]:
    with RegistryClient(
        ClientSettings(deadline=100),
        GivenKeychain({"docker.io": ALICE}),
        transport=world.transport,
        clock=time.clock,
        log=lines.append,
    ) as registry:
        yield registry


@pytest.fixture
def digest(hub: MemoryRegistry) -> Digest:
    return hub.push_image("library/nginx", "1.27", [AMD64])


def failing(world: World, times: int, fault: Fault, host: str = HUB) -> None:
    """Let the first requests to *host* end in *fault*."""
    remaining = itertools.count(times, -1)
    inner = world.hosts[host]

    def handler(request: httpx.Request) -> httpx.Response:
        return fault() if next(remaining) > 0 else inner(request)

    world.hosts[host] = handler


def status(code: int, **headers: str) -> Fault:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: httpx.Response(code, headers=fields)


def broken(error: Exception, cause: BaseException | None = None) -> Fault:
    def fault() -> httpx.Response:
        raise error from cause

    return fault


def tls(kind: type[ssl.SSLError]) -> Fault:
    cause = kind(1, "x")
    cause.reason = cause.verify_message = "x"  # type: ignore[attr-defined]
    return broken(httpx.ConnectError("x"), cause)


def cut() -> httpx.Response:
    """An answer whose end does not arrive."""

    class Cut(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"{"
            message = "cut"
            raise httpx.ReadError(message)

    return httpx.Response(200, stream=Cut())


PASSING = {
    **{str(code): status(code) for code in (408, 429, 500, 502, 503, 504)},
    "refused": broken(httpx.ConnectError("x"), ConnectionRefusedError()),
    "reset": broken(httpx.ReadError("x")),
    "slow": broken(httpx.ReadTimeout("x")),
    "garbage": broken(httpx.RemoteProtocolError("illegal header line")),
    "name": broken(httpx.ConnectError("x"), socket.gaierror(socket.EAI_AGAIN, "x")),
    "tls": tls(ssl.SSLEOFError),
    "cut": cut,
}
STAYING = {
    **{str(code): status(code) for code in (400, 403, 404, 410, 501)},
    "certificate": tls(ssl.SSLCertVerificationError),
    "plain": tls(ssl.SSLError),
    "name": broken(httpx.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "x")),
    "proxy": broken(httpx.ProxyError("x")),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_tried_four_times(
    world: World, client: RegistryClient, digest: Digest, time: Time, fault: Fault
) -> None:
    failing(world, TRIES - 1, fault)

    assert client.digest(NGINX) == digest
    assert time.naps == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_there_is_no_fifth_try(
    world: World, client: RegistryClient, digest: Digest, fault: Fault
) -> None:
    failing(world, TRIES, fault)

    with pytest.raises(RegistryError):
        client.digest(NGINX)

    assert len(world.requests) == TRIES


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_is_not_tried_again(
    world: World, client: RegistryClient, digest: Digest, time: Time, name: str
) -> None:
    world.hosts[HUB] = lambda _: STAYING[name]()

    with pytest.raises(RegistryError):
        client.image(NGINX, digest, [AMD64])

    paths = [request.url.path for request in world.requests]
    # A private image may be hidden from who sends no credentials.
    assert paths[1:] == (["/v2/", paths[0]] if name in ("403", "404") else [])
    assert time.naps == []


def test_a_token_is_asked_for_again(
    world: World, client: RegistryClient, lines: list[str]
) -> None:
    users = {ALICE.username: ALICE.secret}
    private = MemoryRegistry(authentication=AuthScheme.TOKEN, users=users)
    digest = private.push_image("library/nginx", "1.27", [AMD64])
    world.add(HUB, private)
    tries = itertools.count()
    inner = world.hosts[HUB]

    def handler(request: httpx.Request) -> httpx.Response:
        is_token = "token" in request.url.path
        return status(503)() if is_token and next(tries) == 0 else inner(request)

    world.hosts[HUB] = handler

    assert client.digest(NGINX) == digest
    assert sum("token" in r.url.path for r in world.requests) == 2
    log = "\n".join(lines)
    assert "scope=repository:library/nginx:pull" in log
    assert "HEAD https://registry-1.docker.io/v2/library/nginx/manifests/1.27" in log
    for sent in world.sent_to(HUB, "Authorization"):
        assert sent.partition(" ")[2] not in log
    assert ALICE.secret not in log


@pytest.mark.parametrize(
    "value", ["7", formatdate(1007.0, usegmt=True)], ids=["seconds", "date"]
)
def test_a_server_that_asks_to_wait_is_obeyed(
    world: World, client: RegistryClient, digest: Digest, time: Time, value: str
) -> None:
    failing(world, 1, status(429, Retry_After=value))

    assert client.digest(NGINX) == digest
    assert time.naps == [7.0]


@pytest.mark.parametrize("code", [429, 503])
def test_no_request_sleeps_for_hours(
    world: World, client: RegistryClient, digest: Digest, time: Time, code: int
) -> None:
    failing(world, 1, status(code, Retry_After="21600"))

    with pytest.raises(RegistryError, match="asks to wait 6 hours") as caught:
        client.digest(NGINX)

    assert caught.value.hint
    assert time.naps == []
    assert len(world.requests) == 1


def test_when_a_host_asks_to_wait_its_other_requests_wait_too(
    world: World, client: RegistryClient, digest: Digest, time: Time, lines: list[str]
) -> None:
    world.hosts["quay.io"] = world.hosts[HUB]
    times: list[float] = []

    def others() -> None:
        client.digest(Reference.parse("quay.io/library/nginx:1.27"))
        times.append(time.now)
        client.serves(NGINX, digest)
        times.append(time.now)

    client.digest(NGINX)  # the first goes alone, to learn what the registry asks for
    failing(world, 1, status(429, Retry_After="10"))
    time.meanwhile = others

    assert client.digest(NGINX) == digest
    assert times == [1000.0, 1010.0]
    assert sum("waiting 10.0 s: the host asked for a pause" in x for x in lines) == 2


def test_a_host_that_cannot_be_reached_is_not_tried_for_every_image(
    world: World, client: RegistryClient
) -> None:
    world.hosts[HUB] = lambda _: PASSING["refused"]()

    for tag in ("1", "2", "3"):
        with pytest.raises(RegistryError, match="the connection was refused"):
            client.digest(Reference.parse(f"nginx:{tag}"))

    assert len(world.requests) == TRIES


def test_a_host_that_is_silent_in_all_tries_is_not_asked_for_every_image(
    world: World, client: RegistryClient
) -> None:
    world.hosts[HUB] = lambda _: PASSING["slow"]()

    for tag in ("1", "2", "3"):
        with pytest.raises(RegistryError, match="it did not answer in time"):
            client.digest(Reference.parse(f"nginx:{tag}"))

    assert len(world.requests) == TRIES


def test_a_request_that_took_too_long_as_a_whole_is_not_sent_again(
    world: World, client: RegistryClient
) -> None:
    world.hosts[HUB] = lambda _: broken(RequestTimeout())()

    for tag in ("1", "2"):
        with pytest.raises(RegistryError, match="it did not answer in time"):
            client.digest(Reference.parse(f"nginx:{tag}"))

    assert len(world.requests) == 1


def test_one_repository_that_hangs_is_no_reason_to_give_up_the_host(
    world: World, client: RegistryClient, digest: Digest, time: Time
) -> None:
    inner = world.hosts[HUB]

    def handler(request: httpx.Request) -> httpx.Response:
        if "/slow/" in request.url.path:
            return PASSING["slow"]()
        return inner(request)

    world.hosts[HUB] = handler
    client.digest(NGINX)  # the first goes alone, to learn what the registry asks for
    time.meanwhile = lambda: client.digest(NGINX)

    with pytest.raises(RegistryError, match="it did not answer in time"):
        client.digest(Reference.parse("slow/app:1"))

    assert client.digest(NGINX) == digest


def test_nothing_begins_after_the_deadline(
    world: World, client: RegistryClient, digest: Digest, time: Time
) -> None:
    client.digest(NGINX)
    time.now += 100

    with pytest.raises(RegistryError, match="the run ran out of time") as caught:
        client.digest(NGINX)

    assert "--timeout" in (caught.value.hint or "")
    assert len(world.requests) == 1


def test_no_request_sleeps_past_the_deadline(
    world: World, client: RegistryClient, digest: Digest, time: Time
) -> None:
    time.now += 60
    failing(world, 1, status(503, Retry_After="40"))

    with pytest.raises(RegistryError, match="503"):
        client.digest(NGINX)

    assert time.naps == []


def test_no_request_may_take_longer_than_what_is_left(
    world: World, client: RegistryClient, digest: Digest, time: Time
) -> None:
    seen: list[float] = []
    inner = world.hosts[HUB]

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return inner(request)

    world.hosts[HUB] = handler
    client.digest(NGINX)
    time.now += 90
    client.digest(NGINX)

    assert seen == [30.0, 10.0]


@given(st.floats(0, 1, exclude_max=True))
def test_a_delay_is_anything_up_to_a_bound_that_doubles(chance: float) -> None:
    waits = list(delays(lambda: chance))

    assert len(waits) == TRIES - 1
    for delay, bound in zip(waits, [0.5, 1.0, 2.0], strict=True):
        assert 0 <= delay <= bound
        assert delay == pytest.approx(chance * bound)


def test_the_quota_of_a_host_is_remembered(
    world: World, client: RegistryClient, digest: Digest, lines: list[str]
) -> None:
    def change(_: httpx.Request, response: httpx.Response) -> None:
        response.headers["RateLimit-Limit"] = "100;w=21600"
        response.headers["RateLimit-Remaining"] = "76;w=21600"

    assert client.limits == {}
    world.alter(HUB, change)
    client.digest(NGINX)

    assert client.limits == {HUB: Quota(limit=100, remaining=76, window=21600)}
    assert lines[-1].endswith("ms, 76 of 100 requests left")


def test_each_try_is_a_line(
    world: World, client: RegistryClient, digest: Digest, lines: list[str]
) -> None:
    failing(world, 1, PASSING["reset"])
    client.digest(NGINX)

    request = f"HEAD https://{HUB}/v2/library/nginx/manifests/1.27"
    assert lines == [
        f"{request} ReadError 0 ms, retrying in 0.5 s",
        f"{request} 200 0 ms, attempt 2",
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/v2/?n=5&last=b", "https://a.example/v2/?n=5&last=b"),
        ("https://a.example:1/x?Signature=s3cret", "https://a.example:1/x?Signature=…"),
        ("https://bob:s3cret@a.example/x#s3cret", "https://a.example/x"),
        ("https://a.example/%1b[31m", "https://a.example/\\x1b[31m"),
        ("https://a.example/?scope=%1b", "https://a.example/?scope=\\x1b"),
    ],
)
def test_a_url_is_shown_without_secrets(url: str, expected: str) -> None:
    assert redact_url(httpx.URL(url)) == expected
