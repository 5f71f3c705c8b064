"""Tokens and passwords: few requests, and nothing to the wrong host."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.images import make_image
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.auth.auth import RegistryAuth
from imagelock.registry.http.retry import TRIES
from tests.registry.conftest import ALICE, HUB, Connect

if TYPE_CHECKING:
    from imagelock.registry.client import RegistryClient
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1.27")
REPOSITORIES = [f"team/app{number}" for number in range(6)]
TAGS = ["1", "2", "3", "4", "5"]
HOST = "registry.example"
USERS = {ALICE.username: ALICE.secret}
FIRST = make_image([AMD64], salts="1").top.digest
"""What the tag `1` of every repository stands for."""

BASIC = "Basic " + base64.b64encode(b"alice:s3cret:word").decode()


def registry(
    world: World,
    scheme: AuthScheme,
    users: dict[str, str] | None = None,
    host: str = HOST,
) -> MemoryRegistry:
    """Serve the repositories at *host*."""
    registry = MemoryRegistry(authentication=scheme, users=users)
    for repository in REPOSITORIES:
        for tag in TAGS:
            registry.push_image(repository, tag, [AMD64], salts=tag)
    world.add(host, registry)
    return registry


def kinds(world: World) -> Counter[str]:
    """Return the number of requests: for tokens, with and without authorization."""
    return Counter(
        "token"
        if request.url.path == "/token"
        else request.headers.get("Authorization", "anonymous").partition(" ")[0]
        for request in world.requests
    )


def app(number: int = 0, tag: str = "1") -> Reference:
    return Reference.parse(f"{HOST}/{REPOSITORIES[number]}:{tag}")


EVERY = [app(number, tag) for number in range(len(REPOSITORIES)) for tag in TAGS]


def test_a_run_costs_one_challenge_and_a_token_a_repository(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.TOKEN)

    for reference in EVERY:
        client.digest(reference)

    assert kinds(world) == {"anonymous": 1, "token": 6, "Bearer": 30}


def test_it_costs_the_same_with_many_threads(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.TOKEN)

    with ThreadPoolExecutor(16) as pool:
        digests = list(pool.map(client.digest, EVERY))

    assert len(digests) == 30
    assert kinds(world) == {"anonymous": 1, "token": 6, "Bearer": 30}


def test_an_open_registry_is_never_asked_for_a_token(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.OPEN)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(client.digest, EVERY))

    assert kinds(world) == {"anonymous": 30}


def test_the_token_is_for_pulling_this_repository(
    world: World, connect: Connect
) -> None:
    registry(world, AuthScheme.TOKEN, USERS)

    connect(credentials={HOST: ALICE}).digest(app())

    (asked,) = (r for r in world.requests if r.url.path == "/token")
    assert dict(asked.url.params) == {
        "service": "memory",
        "scope": "repository:team/app0:pull",
    }
    assert asked.headers["Authorization"] == BASIC


def test_the_realm_keeps_its_own_query(world: World, client: RegistryClient) -> None:
    registry(world, AuthScheme.TOKEN)
    realm = f'Bearer realm="https://{HOST}/token?account=a&x=%2F"'
    challenge(world, HOST, realm)

    client.digest(app())

    (asked,) = (r for r in world.requests if r.url.path == "/token")
    assert asked.url.params["account"] == "a"
    assert asked.url.params["x"] == "/"
    assert asked.url.params["scope"] == "repository:team/app0:pull"


def challenge(world: World, host: str, header: str) -> None:
    """Let every `401` of *host* ask for *header*."""

    def change(_: httpx.Request, response: httpx.Response) -> None:
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = header

    world.alter(host, change)


def test_basic_credentials_are_sent_after_one_challenge(
    world: World, connect: Connect
) -> None:
    registry(world, AuthScheme.BASIC, USERS)
    client = connect(credentials={HOST: ALICE})

    for reference in EVERY:
        client.digest(reference)

    assert kinds(world) == {"anonymous": 1, "Basic": 30}
    assert set(world.sent_to(HOST, "Authorization")) == {BASIC}


def test_bearer_is_preferred_to_basic(world: World, connect: Connect) -> None:
    registry(world, AuthScheme.TOKEN, USERS)
    challenge(world, HOST, f'Basic realm="x", Bearer realm="https://{HOST}/token"')

    connect(credentials={HOST: ALICE}).digest(app())

    assert kinds(world) == {"anonymous": 1, "token": 1, "Bearer": 1}


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
def test_without_credentials_a_private_repository_is_denied(
    world: World, client: RegistryClient, scheme: AuthScheme
) -> None:
    registry(world, scheme, USERS)

    with pytest.raises(RegistryError, match="access is denied") as caught:
        client.digest(app())

    assert not isinstance(caught.value, NotFoundError)
    assert f"docker login {HOST}" in str(caught.value.hint)


def test_a_second_refusal_is_the_last(world: World, connect: Connect) -> None:
    memory = registry(world, AuthScheme.BASIC, {"alice": "changed since"})

    with pytest.raises(RegistryError, match="access is denied") as caught:
        connect(credentials={HOST: ALICE}).digest(app())

    assert "stored credentials did not help" in str(caught.value.hint)
    assert kinds(world) == {"anonymous": 1, "Basic": 1}
    assert len(memory.log) == 2


def test_a_token_that_opens_nothing_is_the_end_of_it(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.TOKEN, USERS)

    for number in range(2):
        with pytest.raises(RegistryError, match="access is denied"):
            client.digest(app(number))

    assert kinds(world) == {"anonymous": 1, "token": 2, "Bearer": 2}


def test_refused_credentials_are_not_sent_again(world: World, connect: Connect) -> None:
    registry(world, AuthScheme.TOKEN, {"alice": "changed since"})
    client = connect(credentials={HOST: ALICE})

    for tag in TAGS:
        with pytest.raises(RegistryError, match=r"refused the .*wrong pass"):
            client.digest(app(tag=tag))

    assert client.notices == []
    asked = [r for r in world.requests if r.url.path == "/token"]
    assert [r.headers.get("Authorization") for r in asked[:2]] == [BASIC, None]
    assert not any("Authorization" in r.headers for r in asked[2:])


def test_a_token_that_is_no_longer_valid_is_renewed_once(
    world: World, client: RegistryClient
) -> None:
    memory = registry(world, AuthScheme.TOKEN)
    client.digest(app())
    memory.access.revoke()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client.digest, [app(tag=tag) for tag in TAGS]))

    assert kinds(world)["token"] == 2


URL = f"https://{HOST}/v2/team/app/manifests/"


def refuse(request: httpx.Request) -> httpx.Response:
    header = {"WWW-Authenticate": f'Bearer realm="https://{HOST}/token"'}
    return httpx.Response(401, headers=header, request=request)


def grant(request: httpx.Request, token: str) -> httpx.Response:
    assert request.url.path == "/token"
    return httpx.Response(200, json={"token": token}, request=request)


def test_a_token_that_another_thread_renewed_is_used() -> None:
    """Two requests with the same refused token cause a single new token."""
    auth = RegistryAuth(HOST, None)
    first, second, third = (
        auth.auth_flow(httpx.Request("HEAD", f"{URL}{tag}")) for tag in "123"
    )
    first.send(grant(first.send(refuse(next(first))), "old"))
    requests = next(second), next(third)
    renewed = second.send(grant(second.send(refuse(requests[0])), "new"))
    again = third.send(refuse(requests[1]))

    assert renewed.headers["Authorization"] == "Bearer new"
    assert again.headers["Authorization"] == "Bearer new"
    assert again.url == f"{URL}3"


@pytest.mark.parametrize("asking_for", ["challenge", "token"])
def test_other_threads_wait_for_a_pending_token(asking_for: str) -> None:
    """The second request goes out with the token of the first, never before it."""
    auth = RegistryAuth(HOST, None)
    first, second = (
        auth.auth_flow(httpx.Request("HEAD", f"{URL}{tag}")) for tag in "12"
    )
    sent: list[httpx.Request] = []
    other = threading.Thread(target=lambda: sent.append(next(second)))

    request = next(first)
    if asking_for == "challenge":
        other.start()
        other.join(0.1)  # it would be done if it did not wait
    request = first.send(refuse(request))
    if asking_for == "token":
        other.start()
        other.join(0.1)
    first.send(grant(request, "shared"))
    other.join()

    assert [each.headers["Authorization"] for each in sent] == ["Bearer shared"]


@pytest.mark.parametrize(
    ("promised", "life"),
    [
        ("null", 55),
        ("10", 55),
        ("-1", 55),
        ('"300"', 55),
        ("true", 55),
        ("300", 295),
        ("1e400", 3595),
        ("9" * 400, 3595),
    ],
)
def test_a_token_lives_as_long_as_promised(promised: str, life: int) -> None:
    now = 1000.0
    auth = RegistryAuth(HOST, None, clock=lambda: now)
    sent: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.path == "/token":
            body = f'{{"token": "t", "expires_in": {promised}}}'
            return httpx.Response(200, content=body)
        if "Authorization" in request.headers:
            return httpx.Response(200)
        header = {"WWW-Authenticate": f'Bearer realm="https://{HOST}/token"'}
        return httpx.Response(401, headers=header)

    def ask() -> int:
        sent.clear()
        request = httpx.Request("GET", f"https://{HOST}/v2/a/b/manifests/1")
        flow = auth.auth_flow(request)
        request = next(flow)
        with suppress(StopIteration):
            while True:
                response = serve(request)
                response.request = request
                request = flow.send(response)
        return sum(request.url.path == "/token" for request in sent)

    assert ask() == 1
    now = 1000.0 + life - 1
    assert ask() == 0
    now = 1000.0 + life
    assert ask() == 1


def test_the_other_name_of_a_token_is_as_good(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.TOKEN)

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if request.url.path == "/token":
            token = json.loads(response.content)["token"]
            body = {"token": "", "access_token": token}
            response.stream = httpx.ByteStream(json.dumps(body).encode())
            del response.headers["Content-Length"]

    world.alter(HOST, change)

    assert client.digest(app()) == FIRST


def test_a_byte_order_mark_before_the_token_is_passed_over(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.TOKEN)

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if request.url.path == "/token":
            response.stream = httpx.ByteStream(b"\xef\xbb\xbf" + response.content)
            del response.headers["Content-Length"]

    world.alter(HOST, change)

    assert client.digest(app()) == FIRST


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf",
        b"[]",
        b"{}",
        b'{"token": ""}',
        b'{"token": 7}',
        b'{"token": "a\\nb"}',
        b"\xff",
    ],
)
def test_an_answer_without_a_token_is_refused(
    world: World, client: RegistryClient, body: bytes
) -> None:
    registry(world, AuthScheme.TOKEN)
    challenge(world, HOST, 'Bearer realm="https://auth.example/token"')
    world.answer("auth.example", content=body)

    with pytest.raises(RegistryError, match=r"`auth\.example` sent no usable token"):
        client.digest(app())


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_token_server_that_fails_says_nothing_about_the_image(
    world: World, client: RegistryClient, status: int
) -> None:
    registry(world, AuthScheme.TOKEN)
    challenge(world, HOST, 'Bearer realm="https://auth.example/token"')
    location = {"Location": "https://evil.example/"}
    world.answer("auth.example", status, headers=location)

    with pytest.raises(
        RegistryError, match=f"{status}.*`auth.example`|`auth.example`.*{status}"
    ) as caught:
        client.digest(app())

    assert not isinstance(caught.value, NotFoundError)
    assert not world.sent_to("evil.example", "User-Agent")


def test_credentials_go_to_the_token_server_that_their_registry_names(
    world: World, connect: Connect
) -> None:
    registry(world, AuthScheme.TOKEN, USERS)
    challenge(world, HOST, 'Bearer realm="https://auth.example/token"')
    world.hosts["auth.example"] = world.hosts[HOST]

    assert connect(credentials={HOST: ALICE}).digest(app()) == FIRST
    assert world.sent_to("auth.example", "Authorization") == [BASIC]


def test_another_registry_cannot_ask_for_them(world: World, connect: Connect) -> None:
    registry(world, AuthScheme.TOKEN)
    registry(world, AuthScheme.TOKEN, host="evil.example")
    challenge(world, "evil.example", f'Bearer realm="https://{HOST}/token"')

    with pytest.raises(RegistryError):
        connect(credentials={HOST: ALICE}).digest(
            Reference.parse("evil.example/team/app0:1")
        )

    assert world.sent_to("evil.example", "Authorization")
    assert all(value != BASIC for value in world.sent_to(HOST, "Authorization"))
    assert all(
        value != BASIC for value in world.sent_to("evil.example", "Authorization")
    )


@pytest.mark.parametrize(
    "realm",
    [
        f"http://{HOST}/token",
        "/token",
        "",
        "ftp://auth.example/token",
        "file:///etc/passwd",
        "https:///token",
        "https://alice:x@auth.example/token",
        "https://auth.example/token#fragment",
        "https://auth.example/token#",
        "https://localhost/token",
        "https://127.0.0.1/token",
        "https://127.1/token",
        "https://2130706433/token",
        "https://0x7f000001/token",
        "https://[::1]/token",
        "https://[::ffff:127.0.0.1]/token",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/token",
        "https://0.0.0.0/token",
        "https://a.localhost./token",
        "https://\x7f/",
    ],
)
def test_a_realm_that_no_registry_may_name_gets_no_request(
    world: World, connect: Connect, realm: str
) -> None:
    registry(world, AuthScheme.TOKEN, USERS)
    challenge(world, HOST, f'Bearer realm="{realm}"')

    with pytest.raises(RegistryError, match="the token server that it names") as caught:
        connect(credentials={HOST: ALICE}).digest(app())

    assert ("has no address" in str(caught.value)) == (realm == "")
    assert kinds(world) == {"anonymous": 1}


@pytest.mark.parametrize(
    ("host", "realm", "allowed"),
    [
        ("127.0.0.1:5000", "http://localhost:5001/token", True),
        ("localhost:5000", "http://10.0.0.1/token", True),
        ("10.0.0.1", "https://10.0.0.2/token", True),
        ("intern.example", "https://10.0.0.2/token", True),
        ("93.184.216.34", "https://10.0.0.2/token", False),
        ("10.0.0.1", "https://127.0.0.1/token", False),
        ("10.0.0.1", "https://auth.example/token", True),
        ("10.0.0.1", "https://cafe/token", True),
    ],
)
def test_a_realm_is_compared_by_how_far_away_it_is(
    world: World, client: RegistryClient, host: str, realm: str, *, allowed: bool
) -> None:
    registry(world, AuthScheme.TOKEN, host=host)
    challenge(world, host, f'Bearer realm="{realm}"')
    world.hosts[httpx.URL(realm).netloc.decode()] = world.hosts[host]

    reference = Reference.parse(f"{host}/team/app0:1")
    if allowed:
        assert client.digest(reference) == FIRST
    else:
        with pytest.raises(RegistryError, match="inside this machine or its network"):
            client.digest(reference)


@pytest.mark.parametrize("header", ['Digest realm="x"', "Negotiate", ""])
def test_a_challenge_without_an_answer_is_a_refusal(
    world: World, connect: Connect, header: str
) -> None:
    registry(world, AuthScheme.BASIC, USERS)
    challenge(world, HOST, header)

    with pytest.raises(RegistryError, match="access is denied"):
        connect(credentials={HOST: ALICE}).digest(app())

    # Who asks for nothing is asked at `/v2/` once more.
    assert kinds(world) == {"anonymous": 1 if header else 2}


def hide(
    world: World, status: int, *, ping: str = f'Bearer realm="https://{HOST}/token"'
) -> None:
    """Let strangers see no repository, and the challenge *ping* at `/v2/` alone."""

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if response.status_code != 401:
            return
        if request.url.path != "/v2/":
            response.status_code = status
        elif not ping:
            response.status_code = 200
        response.headers.pop("WWW-Authenticate", None)
        if ping and request.url.path == "/v2/":
            response.headers["WWW-Authenticate"] = ping

    world.alter(HOST, change)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("scheme", [AuthScheme.TOKEN, AuthScheme.BASIC])
def test_what_is_hidden_from_strangers_is_found_with_credentials(
    world: World, connect: Connect, status: int, scheme: AuthScheme
) -> None:
    registry(world, scheme, USERS)
    ping = {AuthScheme.BASIC: 'Basic realm="x"'}.get(scheme)
    hide(world, status, **({"ping": ping} if ping else {}))
    client = connect(credentials={HOST: ALICE})

    assert {client.digest(app(number)) for number in range(3)} == {FIRST}

    is_basic = scheme is AuthScheme.BASIC
    sent = {"Basic": 3} if is_basic else {"token": 3, "Bearer": 3}
    assert kinds(world) == {"anonymous": 2, **sent}


@pytest.mark.parametrize("ping", ["", f'Bearer realm="https://{HOST}/token"'])
def test_what_is_hidden_from_all_is_not_found(
    world: World, connect: Connect, ping: str
) -> None:
    registry(world, AuthScheme.TOKEN, {"bob": "another user"})
    hide(world, 404, ping=ping)

    with pytest.raises(NotFoundError):
        connect().digest(app())
    assert kinds(world) == {"anonymous": 1}

    client = connect(credentials={HOST: ALICE})
    for number in range(3):
        with pytest.raises(RegistryError):
            client.digest(app(number))
    pings = [r for r in world.requests if r.url.path == "/v2/"]
    assert len(pings) == 1


def test_a_challenge_that_cannot_be_read_is_named(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.BASIC, USERS)
    challenge(world, HOST, 'Bearer realm="open')

    with pytest.raises(RegistryError, match="not valid HTTP"):
        client.digest(app())


def test_passwords_go_over_plain_http_only_where_the_user_allows_it(
    world: World, connect: Connect
) -> None:
    registry(world, AuthScheme.BASIC, USERS)
    client = connect({HOST: HostSettings(plain_http=True)}, {HOST: ALICE})

    client.digest(app())

    assert {request.url.scheme for request in world.requests} == {"http"}


def test_docker_hub_has_its_own_host_and_its_own_token_server(
    world: World, connect: Connect
) -> None:
    hub = MemoryRegistry(authentication=AuthScheme.TOKEN, users=USERS)
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    world.add(HUB, hub)
    world.add("auth.docker.io", hub)
    challenge(world, HUB, 'Bearer realm="https://auth.docker.io/token",service="s"')

    assert connect(credentials={"docker.io": ALICE}).digest(NGINX) == digest
    assert world.log == [
        f"HEAD https://{HUB}/v2/library/nginx/manifests/1.27",
        "GET https://auth.docker.io/token",
        f"HEAD https://{HUB}/v2/library/nginx/manifests/1.27",
    ]


def test_after_a_first_request_that_broke_the_next_is_answered(
    world: World, client: RegistryClient
) -> None:
    registry(world, AuthScheme.TOKEN)
    tries = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal tries
        tries += 1
        if tries <= TRIES:
            message = "reset"
            raise httpx.ReadError(message)
        return inner(request)

    inner = world.hosts[HOST]
    world.hosts[HOST] = handler

    with pytest.raises(RegistryError, match="the connection failed"):
        client.digest(app())
    assert client.digest(app()) == FIRST
