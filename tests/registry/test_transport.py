"""Limits on a host: redirects, sizes, cookies, connections."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.images import make_image
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from tests.registry.conftest import ALICE, HUB, Connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.registry.client import RegistryClient
    from tests.support.memory import Handler, World

AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1.27")
CDN = "cdn.example"
SOME = Digest.of(b"some content")


@pytest.fixture
def digest(hub: MemoryRegistry) -> Digest:
    return hub.push_image("library/nginx", "1.27", [AMD64])


def redirect(world: World, host: str, to: str, status: int = 307) -> None:
    """Send every request for a manifest at *host* to the host *to*."""

    def handler(request: httpx.Request) -> httpx.Response:
        if "/manifests/" not in request.url.path:
            return inner(request)
        return httpx.Response(status, headers={"Location": to + request.url.path})

    inner = world.hosts.get(host, nothing)
    world.hosts[host] = handler


def nothing(_: httpx.Request) -> httpx.Response:
    return httpx.Response(404)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(
    world: World, client: RegistryClient, digest: Digest, status: int
) -> None:
    world.hosts[CDN] = world.hosts[HUB]
    redirect(world, HUB, f"https://{CDN}", status)

    assert client.digest(NGINX) == digest
    assert [line.partition(" ")[0] for line in world.log] == ["HEAD", "HEAD"]
    assert client.image(NGINX, digest, [AMD64]).digest == digest


def test_a_redirect_may_be_relative(
    world: World, client: RegistryClient, hub: MemoryRegistry
) -> None:
    digest = hub.push_image("moved/nginx", "1.27", [AMD64])

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if "/library/" in request.url.path:
            response.status_code = 307
            response.headers["Location"] = "../../../moved/nginx/manifests/1.27"

    world.alter(HUB, change)

    assert client.digest(NGINX) == digest


def test_five_hops_are_followed_and_a_sixth_is_not(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    hosts = [HUB, *(f"hop{number}.example" for number in range(1, 7))]
    origin = world.hosts[HUB]
    for source, target in itertools.pairwise(hosts):
        redirect(world, source, f"https://{target}")
    world.hosts["hop5.example"] = origin

    assert client.digest(NGINX) == digest

    redirect(world, "hop5.example", "https://hop6.example")
    world.hosts["hop6.example"] = origin
    with pytest.raises(RegistryError, match="redirects more than 5 times"):
        client.digest(NGINX)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://cdn.example/x", "to `cdn.example` without encryption"),
        ("ftp://cdn.example/x", "not an http address"),
        ("file:///etc/passwd", "not an http address"),
        ("https://[::1/x", "not an http address"),
        ("//[:]/x", "not an http address"),
        ("https://alice:s3cret@cdn.example/x", "with a password"),
    ],
)
def test_where_no_redirect_may_lead(
    world: World, client: RegistryClient, digest: Digest, location: str, message: str
) -> None:
    world.answer(HUB, 307, headers={"Location": location})

    with pytest.raises(RegistryError, match=message) as caught:
        client.digest(NGINX)

    assert "s3cret" not in caught.value.explain()
    assert len(world.requests) == 1


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
@pytest.mark.parametrize(
    "target", [f"https://{CDN}", f"https://{HUB}:8443", f"https://x.{HUB}"]
)
def test_a_redirect_takes_no_credentials_along(
    world: World, connect: Connect, scheme: AuthScheme, target: str
) -> None:
    users = {ALICE.username: ALICE.secret}
    private = MemoryRegistry(authentication=scheme, users=users)
    private.push_image("library/nginx", "1.27", [AMD64])
    world.add(HUB, private)
    elsewhere = httpx.URL(target).netloc.decode()
    # It asks for credentials in the same words, which must get it nothing.
    world.add(elsewhere, MemoryRegistry(authentication=scheme, users=users))

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if response.status_code == 200 and "/manifests/" in request.url.path:
            response.status_code = 307
            response.headers["Location"] = target + request.url.path

    world.alter(HUB, change)

    with pytest.raises(RegistryError, match="access is denied"):
        connect(credentials={"docker.io": ALICE}).digest(NGINX)

    assert world.sent_to(HUB, "Authorization")
    assert all(
        value.startswith("Bearer memory-token-")
        for value in world.sent_to(elsewhere, "Authorization")
    )
    asked = [r for r in world.requests if r.url.netloc.decode() == elsewhere]
    assert asked
    assert all("Authorization" not in r.headers for r in asked if "token" in r.url.path)


def test_a_public_registry_behind_a_redirect_is_asked_anonymously(
    world: World, connect: Connect
) -> None:
    behind = MemoryRegistry(authentication=AuthScheme.TOKEN)
    digest = behind.push_image("k8s/pause", "3.9", [AMD64])
    world.add("europe.pkg.example", behind)

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path.replace("/v2/", "/v2/k8s/")
        return httpx.Response(
            307, headers={"Location": f"https://europe.pkg.example{path}"}
        )

    world.hosts["registry.k8s.example"] = handler
    client = connect(credentials={"europe.pkg.example": ALICE})

    assert client.digest(Reference.parse("registry.k8s.example/pause:3.9")) == digest
    assert not any(
        value.startswith("Basic")
        for value in world.sent_to("europe.pkg.example", "Authorization")
    )


def test_a_tag_that_is_missing_behind_a_redirect_is_missing(
    world: World, client: RegistryClient, hub: MemoryRegistry
) -> None:
    world.hosts[CDN] = world.hosts[HUB]
    redirect(world, HUB, f"https://{CDN}")

    with pytest.raises(NotFoundError):
        client.digest(NGINX)


def test_cookies_are_not_sent_back(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    def change(_: httpx.Request, response: httpx.Response) -> None:
        response.headers["Set-Cookie"] = "session=1; Path=/"

    world.alter(HUB, change)

    client.digest(NGINX)
    client.digest(NGINX)

    assert world.sent_to(HUB, "Cookie") == []
    assert len(world.requests) == 2


class Endless(httpx.SyncByteStream):
    """A body that never ends; it counts the bytes that were read."""

    def __init__(self) -> None:
        self.sent = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.sent += 65536
            yield b"x" * 65536

    def close(self) -> None:
        self.closed = True


def test_an_answer_without_end_is_cut_at_four_mebibytes(
    world: World, client: RegistryClient
) -> None:
    body = Endless()
    world.answer(HUB, headers={"Content-Type": OCI_INDEX}, stream=body)

    with pytest.raises(RegistryError, match="larger than 4096 KiB"):
        client.image(NGINX, SOME, [AMD64])

    assert body.sent <= 4 * 1024 * 1024 + 2 * 65536
    assert body.closed


def test_an_announced_size_is_believed_without_reading(
    world: World, client: RegistryClient
) -> None:
    body = Endless()
    headers = {"Content-Type": OCI_INDEX, "Content-Length": str(4 * 1024 * 1024 + 1)}
    world.answer(HUB, headers=headers, stream=body)

    with pytest.raises(RegistryError, match="larger than 4096 KiB"):
        client.image(NGINX, SOME, [AMD64])

    assert body.sent == 0
    assert body.closed


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_an_error_without_end_is_cut_too(
    world: World, client: RegistryClient, status: int
) -> None:
    body = Endless()
    headers = {"WWW-Authenticate": 'Bearer realm="https://auth.example/t"'}
    world.answer(HUB, status, headers=headers, stream=body)

    with pytest.raises(RegistryError, match="larger than 4096 KiB") as caught:
        client.image(NGINX, SOME, [AMD64])

    assert not isinstance(caught.value, NotFoundError)
    assert body.closed


def test_a_token_is_cut_at_sixty_four_kibibytes(
    world: World, client: RegistryClient
) -> None:
    body = Endless()
    headers = {"WWW-Authenticate": 'Bearer realm="https://auth.example/t"'}
    world.answer(HUB, 401, headers=headers)
    world.answer("auth.example", stream=body)

    with pytest.raises(RegistryError, match="larger than 64 KiB"):
        client.digest(NGINX)

    assert body.sent <= 2 * 65536


def test_four_mebibytes_are_not_too_large(world: World, client: RegistryClient) -> None:
    manifest = make_image([AMD64]).top.body
    body = manifest + b" " * (4 * 1024 * 1024 - len(manifest))
    world.answer(HUB, headers={"Content-Type": OCI_INDEX}, content=body)

    assert client.image(NGINX, Digest.of(body), [AMD64]).platforms


def test_a_compressed_answer_is_refused(world: World, client: RegistryClient) -> None:
    body = gzip.compress(make_image([AMD64]).top.body)
    headers = {"Content-Type": OCI_INDEX, "Content-Encoding": "gzip"}
    # A stream, as the double would unpack the bytes before we see them.
    world.answer(HUB, headers=headers, stream=httpx.ByteStream(body))

    with pytest.raises(RegistryError, match="compressed"):
        client.image(NGINX, Digest.of(body), [AMD64])


class Pairs:
    """A host that answers two requests at a time; it counts how many there are."""

    def __init__(self, inner: Handler, *, failing: bool) -> None:
        self.most = 0
        self._now = 0
        self._inner = inner
        self._failing = failing
        self._lock = threading.Lock()
        self._pair = threading.Barrier(2, timeout=10)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._pair.wait()
        with self._lock:
            self._now -= 1
        if self._failing:
            message = "broken"
            raise httpx.ReadError(message)
        return self._inner(request)


@pytest.mark.parametrize("failing", [False, True])
def test_no_host_gets_more_connections_than_it_may(
    world: World, connect: Connect, digest: Digest, *, failing: bool
) -> None:
    """Both slots are used at the same time, and given back after each request."""
    client = connect({"docker.io": HostSettings(max_connections=2)})
    client.digest(NGINX)  # the first goes alone, to learn what the registry asks for
    world.hosts[HUB] = pairs = Pairs(world.hosts[HUB], failing=failing)

    def ask(_: int) -> Digest | None:
        try:
            return client.digest(NGINX)
        except RegistryError:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert pairs.most == 2
    assert answers == [None if failing else digest] * 8


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name have *addresses*, and return the names that are looked up."""
    names: list[str] = []

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        names.append(host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "")
        return [(0, 0, 0, "", (address, 0)) for address in addresses]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    return names


NEAR = (
    "https://127.0.0.1:8443",
    "https://localhost",
    "https://[::1]",
    "https://0x7f.1",
    "https://169.254.169.254",
    "https://[fe80::1]",
    "https://0.0.0.0",
    "https://10.0.0.7",
    "https://192.168.1.1",
    "https://[fd00::1]",
    "https://[::ffff:10.0.0.7]",
)


@pytest.mark.parametrize("target", NEAR)
@pytest.mark.parametrize("addresses", [("93.184.215.14", "2606:2800::1"), ()])
def test_a_public_registry_leads_nowhere_near(
    world: World,
    client: RegistryClient,
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    addresses: tuple[str, ...],
) -> None:
    redirect(world, HUB, target)
    resolving(monkeypatch, *addresses)

    with pytest.raises(RegistryError, match="inside this machine or its network"):
        client.digest(NGINX)
    assert len(world.requests) == 1


@pytest.mark.parametrize("target", NEAR)
def test_nor_does_a_server_behind_its_redirect(
    world: World,
    client: RegistryClient,
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
) -> None:
    world.hosts[CDN] = world.hosts[HUB]
    redirect(world, HUB, f"https://{CDN}")
    redirect(world, CDN, target)
    names = resolving(monkeypatch, "93.184.215.14")

    with pytest.raises(RegistryError, match="inside this machine or its network"):
        client.digest(NGINX)
    assert len(world.requests) == 2
    assert names == [HUB]


@pytest.mark.parametrize(
    ("registry", "addresses", "target"),
    [
        ("10.0.0.5", (), "10.0.0.7:9000"),
        ("registry.corp.example", ("10.0.0.5",), "10.0.0.7:9000"),
        ("registry.corp.example", ("fd00::5",), "10.0.0.7:9000"),
        ("kind-registry.example", ("127.0.0.1",), "127.0.0.1:9000"),
        ("169.254.1.1", (), "169.254.1.2"),
    ],
)
def test_a_registry_that_is_near_may_lead_nearby(
    world: World,
    client: RegistryClient,
    monkeypatch: pytest.MonkeyPatch,
    registry: str,
    addresses: tuple[str, ...],
    target: str,
) -> None:
    near = MemoryRegistry()
    digest = near.push_image("team/app", "1", [AMD64])
    world.add(target, near)
    redirect(world, registry, f"https://{target}")
    resolving(monkeypatch, *addresses)

    assert client.digest(Reference.parse(f"{registry}/team/app:1")) == digest


@pytest.mark.parametrize(
    ("address", "is_refused"),
    [
        ("169.254.169.254", True),
        ("127.0.0.1", True),
        ("fe80::1", True),
        ("0.0.0.0", True),  # noqa: S104 - not to bind
        ("10.0.0.7", False),
        ("93.184.215.14", False),
    ],
)
def test_without_tls_a_name_is_looked_up(
    world: World,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    is_refused: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    public = MemoryRegistry()
    digest = public.push_image("team/app", "1", [AMD64])
    world.add("metadata.example", public)
    redirect(world, "93.184.215.15", "http://metadata.example")
    resolving(monkeypatch, address)
    client = connect({"93.184.215.15": HostSettings(plain_http=True)})
    reference = Reference.parse("93.184.215.15/team/app:1")

    if not is_refused:
        assert client.digest(reference) == digest
        return
    with pytest.raises(RegistryError, match="inside this machine or its network"):
        client.digest(reference)
    assert len(world.requests) == 1


def test_nothing_is_looked_up_for_a_public_target(
    world: World,
    client: RegistryClient,
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.hosts[CDN] = world.hosts[HUB]
    redirect(world, HUB, f"https://{CDN}")
    names = resolving(monkeypatch)

    assert client.digest(NGINX) == digest
    assert names == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_behind_a_redirect_is_not_about_stored_credentials(
    world: World, connect: Connect, hub: MemoryRegistry, status: int
) -> None:
    hub.push_image("library/nginx", "1.27", [AMD64])
    world.answer(CDN, status, content=b'{"errors": [{"code": "DENIED"}]}')
    redirect(world, HUB, f"https://{CDN}")

    message = r"denied by `cdn\.example`, to which it redirects \(DENIED\)"
    with pytest.raises(RegistryError, match=message) as caught:
        connect(credentials={"docker.io": ALICE}).digest(NGINX)

    assert "credentials" not in caught.value.explain()
    assert "docker login" not in caught.value.explain()
