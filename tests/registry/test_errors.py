"""Messages when a registry refuses, fails or cannot be reached."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Connect
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.support.memory import World

HOST = "registry.example"
APP = Reference.parse(f"{HOST}/team/app:1.0")
NGINX = Reference.parse("nginx:1.27")


def explained(client: RegistryClient, reference: Reference = APP) -> str:
    with pytest.raises(RegistryError) as caught:
        client.digest(reference)
    kind = type(caught.value).__name__
    return f"{kind}, exit code {caught.value.exit_code}\n{caught.value.explain()}"


def errors(code: str, message: str) -> dict[str, list[dict[str, str]]]:
    return {"errors": [{"code": code, "message": message}]}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_status_with_the_words_of_the_registry(
    world: World, connect: Connect, snapshot: SnapshotAssertion, status: int
) -> None:
    world.answer(HOST, status, json=errors("SOME_CODE", "its own words"))

    assert explained(connect()) == snapshot


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 429, 502])
def test_a_status_without_words(
    world: World, connect: Connect, snapshot: SnapshotAssertion, status: int
) -> None:
    world.answer(HOST, status, html="<h1>An error page</h1>")

    assert explained(connect()) == snapshot


@pytest.mark.parametrize(
    "after", ["60", "Wed, 21 Oct 2026 07:28:00 GMT", "", "\x1b[1m"]
)
def test_a_rate_limit(
    world: World, connect: Connect, snapshot: SnapshotAssertion, after: str
) -> None:
    words = errors("TOOMANYREQUESTS", "You have reached your pull rate limit.")
    world.answer(HUB, 429, json=words, headers={"Retry-After": after.encode()})

    assert explained(connect(), NGINX) == snapshot


@pytest.mark.parametrize("host", [HOST, HUB])
@pytest.mark.parametrize("has_login", [False, True])
def test_a_rate_limit_that_ends_in_hours(
    world: World,
    connect: Connect,
    snapshot: SnapshotAssertion,
    host: str,
    *,
    has_login: bool,
) -> None:
    words = errors("TOOMANYREQUESTS", "You have reached your pull rate limit")
    world.answer(host, 429, json=words, headers={"Retry-After": "21600"})
    logins = {HOST: ALICE, "docker.io": ALICE} if has_login else {}

    message = explained(connect(credentials=logins), APP if host == HOST else NGINX)

    assert message == snapshot
    assert ("docker login" in message) == (host == HUB and not has_login)
    assert "max-connections" not in message


@pytest.mark.parametrize("has_login", [False, True])
def test_a_limit_of_failed_logins_is_no_reason_to_log_in_or_slow_down(
    world: World, connect: Connect, *, has_login: bool
) -> None:
    words = errors(
        "TOOMANYREQUESTS", "too many failed login attempts for username or IP address"
    )
    world.answer(HUB, 429, json=words)
    logins = {"docker.io": ALICE} if has_login else {}

    message = explained(connect(credentials=logins), NGINX)

    assert "it takes no requests for now, after logins that failed" in message
    assert "renew them with `docker login`, and wait" in message
    assert "rate limit" not in message
    assert "max-connections" not in message


def test_a_rate_limit_without_a_time_has_its_window(
    world: World, connect: Connect
) -> None:
    world.answer(HOST, 429, headers={"RateLimit-Limit": "100;w=21600"})

    message = explained(connect())

    assert "rate limit is reached; the limit is 100 requests in 6 hours" in message
    assert "max-connections" not in message


@pytest.mark.parametrize(
    "target", ["https://u:pw@h:x/?sig=1", "http://[::x]/", "//a:b:c"]
)
def test_a_redirect_to_nonsense(world: World, connect: Connect, target: str) -> None:
    world.answer(HOST, 307, headers={"Location": target.encode("latin-1")})

    message = explained(connect())

    assert "it redirects to something that is not an http address" in message
    assert "path must be" not in message
    assert "pw" not in message


def test_a_status_that_does_not_exist_is_not_called_a_failure_to_wait_for(
    world: World, connect: Connect
) -> None:
    world.answer(HOST, 999)

    message = explained(connect())

    assert "it answered with status 999" in message
    assert "try again" not in message


@pytest.mark.parametrize("reference", [APP, NGINX])
def test_stored_credentials_that_do_not_help(
    world: World, connect: Connect, snapshot: SnapshotAssertion, reference: Reference
) -> None:
    for host in (HOST, HUB):
        users = {"alice": "changed since"}
        world.add(host, MemoryRegistry(authentication=AuthScheme.TOKEN, users=users))
    client = connect(credentials={HOST: ALICE, "docker.io": ALICE})

    assert explained(client, reference) == snapshot


def failure(cause: BaseException | None, error: httpx.HTTPError) -> httpx.HTTPError:
    error.__cause__ = cause
    return error


def certificate() -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


def protocol() -> ssl.SSLError:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


FAILURES = {
    "certificate": failure(certificate(), httpx.ConnectError("x")),
    "protocol": failure(protocol(), httpx.ConnectError("x")),
    "name": failure(socket.gaierror(-2, "x"), httpx.ConnectError("x")),
    "refused": failure(ConnectionRefusedError(111, "x"), httpx.ConnectError("x")),
    "reset": failure(None, httpx.ReadError("[Errno 104] Connection reset by peer")),
    "garbage": failure(None, httpx.RemoteProtocolError("illegal header\x1b[2J")),
    "silent": failure(None, httpx.ReadError("")),
    "connect-timeout": failure(None, httpx.ConnectTimeout("x")),
    "read-timeout": failure(None, httpx.ReadTimeout("x")),
    "proxy": failure(None, httpx.ProxyError("407")),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_registry_that_cannot_be_reached(
    world: World, connect: Connect, snapshot: SnapshotAssertion, name: str
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise FAILURES[name]

    world.hosts[HOST] = handler

    assert explained(connect()) == snapshot


def test_words_are_escaped_and_short(
    world: World, connect: Connect, snapshot: SnapshotAssertion
) -> None:
    words = "\x1b]0;title\x07\u202egnp.exe\nerror: " + "very long " * 100
    world.answer(HOST, 500, json=errors("UNKNOWN", words))

    assert explained(connect()) == snapshot


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors": []}',
        b'{"errors": [7]}',
        b'{"errors": "x"}',
        b"[]",
        b"\xff",
        b'{"a": 1, "a": 2}',
    ],
)
def test_words_that_cannot_be_read_are_left_out(
    world: World, connect: Connect, body: bytes
) -> None:
    world.answer(HOST, 500, content=body)

    assert "it failed with status 500\n" in explained(connect())


def test_plain_words_are_shown(world: World, connect: Connect) -> None:
    world.answer(HOST, 429, text="Too Many Requests (HAP429).\n")

    assert "its rate limit is reached (Too Many Requests (HAP429).)" in explained(
        connect()
    )


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the whole request, as a debugging proxy does."""
    sent = request.headers.get("Authorization", "")
    decoded = base64.b64decode(sent.removeprefix("Basic ")) if "Basic" in sent else b""
    text = f"{request.url} {sent} {decoded.decode()}"
    return httpx.Response(500, json=errors("DEBUG", text))


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
def test_a_registry_that_sends_secrets_back_does_not_get_them_shown(
    world: World, connect: Connect, scheme: AuthScheme
) -> None:
    users = {ALICE.username: ALICE.secret}
    world.add(HOST, MemoryRegistry(authentication=scheme, users=users))
    inner = world.hosts[HOST]

    def handler(request: httpx.Request) -> httpx.Response:
        response = inner(request)
        opened = request.url.path != "/token" and response.status_code != 401
        return echo(request) if opened else response

    world.hosts[HOST] = handler

    message = explained(connect(credentials={HOST: ALICE}))

    sent = world.sent_to(HOST, "Authorization")
    assert "DEBUG" in message
    assert ALICE.secret not in message
    assert all(value.partition(" ")[2] not in message for value in sent)


def test_a_token_server_that_sends_secrets_back_does_not_get_them_shown(
    world: World, connect: Connect
) -> None:
    header = {"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'}
    world.answer(HOST, 401, headers=header)
    world.hosts["auth.example"] = echo

    message = explained(connect(credentials={HOST: ALICE}))

    assert "DEBUG" in message
    assert ALICE.secret not in message
    assert world.sent_to("auth.example", "Authorization")[0][6:] not in message


def test_nothing_that_the_client_keeps_shows_a_secret(
    world: World, connect: Connect
) -> None:
    header = {"WWW-Authenticate": 'Basic realm="x"'}
    world.answer(HOST, 401, headers=header)

    with pytest.raises(RegistryError) as caught:
        connect(credentials={HOST: ALICE}).digest(APP)

    error: BaseException | None = caught.value
    while error is not None:
        assert ALICE.secret not in f"{error!r} {error}"
        error = error.__cause__


def test_a_closed_port_is_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        reference = Reference.parse(f"127.0.0.1:{port}/a:1")

        with RegistryClient(ClientSettings(), GivenKeychain({})) as client:
            assert "the connection was refused" in explained(client, reference)


def test_not_found_is_for_the_manifest_alone(world: World, connect: Connect) -> None:
    platform = Platform.parse("linux/amd64")
    registry = MemoryRegistry()
    digest = registry.push_image("team/app", "1.0", [platform])
    world.add(HOST, registry)

    assert connect().digest(APP) == digest
    with pytest.raises(NotFoundError):
        connect().digest(Reference.parse(f"{HOST}/team/other:1.0"))
