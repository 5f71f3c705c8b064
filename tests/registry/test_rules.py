"""Seventeen rules for the client's safety, a test for each.

The other tests of this folder try the many forms of each; these are the summary.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from imagelock.commands.lock_resolution import LockRequest, resolve_lock
from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.images import make_image, make_manifest
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import InvalidReferenceError, RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.change import ChangeKind, compare
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Connect
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1.27")
HOST = "registry.example"
AUTH = "auth.example"
APP = Reference.parse(f"{HOST}/team/app:1")
USERS = {ALICE.username: ALICE.secret}
IMAGE = make_image([AMD64])
BASIC = "Basic " + base64.b64encode(b"alice:s3cret:word").decode()


def private(world: World, realm: str = f"https://{AUTH}/token") -> None:
    """Serve `APP` to Alice at `HOST`, whose token server is *realm*."""
    registry = MemoryRegistry(authentication=AuthScheme.TOKEN, users=USERS)
    registry.push("team/app", "1", IMAGE)
    world.add(HOST, registry)
    world.add(AUTH, registry)

    def change(_: httpx.Request, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = f'Bearer realm="{realm}"'

    world.alter(HOST, change)


def sends(world: World, document: dict[str, Any], kind: str = OCI_INDEX) -> Digest:
    """Let Docker Hub send *document* for everything; return its digest."""
    body = json.dumps({"schemaVersion": 2, **document}).encode()
    world.answer(HUB, headers={"Content-Type": kind}, content=body)
    return Digest.of(body)


def test_rule_01_credentials_go_to_their_own_host_after_a_challenge(
    world: World, connect: Connect
) -> None:
    private(world)
    near = {f"{HOST}:5000": ALICE, f"x.{HOST}": ALICE, "example": ALICE}

    with pytest.raises(RegistryError, match="access is denied"):
        connect(credentials=near).digest(APP)
    assert world.sent_to(AUTH, "Authorization") == []

    assert connect(credentials={HOST: ALICE}).digest(APP) == IMAGE.top.digest
    assert len(world.sent_to(AUTH, "Authorization")) == 1
    assert {request.url.scheme for request in world.requests} == {"https"}
    assert all(v.startswith("Bearer ") for v in world.sent_to(HOST, "Authorization"))


@pytest.mark.parametrize(
    "realm",
    [
        "http://auth.example/token",
        "https://a:b@auth.example/token",
        "https://auth.example/token#x",
        "https://127.0.0.1/token",
        "https://169.254.169.254/token",
        "https://0.0.0.0/token",
    ],
)
def test_rule_02_a_realm_is_https_and_not_nearer_than_its_registry(
    world: World, connect: Connect, realm: str
) -> None:
    private(world, realm)

    with pytest.raises(RegistryError, match="the token server that it names"):
        connect(credentials={HOST: ALICE}).digest(APP)

    assert [request.url.host for request in world.requests] == [HOST]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_rule_03_a_token_request_follows_no_redirect(
    world: World, connect: Connect, status: int
) -> None:
    private(world)
    world.answer(AUTH, status, headers={"Location": "https://evil.example/"})

    with pytest.raises(RegistryError, match=f"status {status}"):
        connect(credentials={HOST: ALICE}).digest(APP)

    assert {request.url.host for request in world.requests} == {HOST, AUTH}


def test_rule_03_a_token_goes_to_the_host_that_challenged_only(
    world: World, connect: Connect
) -> None:
    private(world)
    other = MemoryRegistry(authentication=AuthScheme.TOKEN)
    other.push("team/app", "1", IMAGE)
    other.access.token("", "")  # so that the next one is not called as the other's
    world.add("other.example", other)
    client = connect(credentials={HOST: ALICE})

    client.digest(APP)
    client.digest(Reference.parse("other.example/team/app:1"))

    assert world.sent_to(HOST, "Authorization") == ["Bearer memory-token-1"]
    assert world.sent_to("other.example", "Authorization") == ["Bearer memory-token-2"]
    assert world.sent_to(AUTH, "Authorization") == [BASIC]


def test_rule_03_a_token_is_small(world: World, connect: Connect) -> None:
    private(world)
    world.answer(AUTH, json={"token": "x" * 65536})

    with pytest.raises(RegistryError, match="larger than 64 KiB"):
        connect(credentials={HOST: ALICE}).digest(APP)


def test_rule_04_a_token_server_elsewhere_gets_what_its_registry_would(
    world: World, connect: Connect
) -> None:
    private(world)
    others = {HOST: ALICE, "docker.io": ALICE}

    connect(credentials=others).digest(APP)

    sent = world.sent_to(AUTH, "Authorization")
    assert sent == [BASIC]


@pytest.mark.parametrize(
    ("server", "fine"),
    [
        (None, True),
        (AUTH, True),
        (AUTH.upper(), True),
        (HOST, False),
        (f"x.{AUTH}", False),
        (f"{AUTH}:8443", False),
    ],
)
def test_rule_04_the_token_server_can_be_restricted(
    world: World, connect: Connect, server: str | None, *, fine: bool
) -> None:
    private(world)
    client = connect({HOST: HostSettings(token_server=server)}, {HOST: ALICE})

    if fine:
        assert client.digest(APP) == IMAGE.top.digest
        return
    with pytest.raises(RegistryError, match=f"names the token server `{AUTH}`"):
        client.digest(APP)
    (diagnosis,) = client.diagnose(HOST, lambda: 0.0)
    assert "names the token server" in (diagnosis.error or "")
    assert {request.url.host for request in world.requests} == {HOST}


def test_rule_05_neither_authorization_nor_cookies_go_along(
    world: World, connect: Connect
) -> None:
    private(world)

    def change(request: httpx.Request, response: httpx.Response) -> None:
        response.headers["Set-Cookie"] = "a=b; Domain=example"
        if response.status_code == httpx.codes.OK:
            response.status_code = 307
            response.headers["Location"] = f"https://cdn.example{request.url.path}"

    world.alter(HOST, change)
    registries = MemoryRegistry()
    registries.push("team/app", "1", IMAGE)
    world.add("cdn.example", registries)

    assert connect(credentials={HOST: ALICE}).digest(APP) == IMAGE.top.digest
    assert world.sent_to("cdn.example", "User-Agent")
    assert world.sent_to("cdn.example", "Authorization") == []
    assert all("Cookie" not in request.headers for request in world.requests)


@pytest.mark.parametrize(
    "text",
    ["sha256:../../x", "sha256:" + "A" * 64, "sha256:" + "a" * 64 + "\n", "md5:aa"],
)
def test_rule_06_a_digest_has_one_form(
    world: World, connect: Connect, text: str
) -> None:
    with pytest.raises(InvalidReferenceError):
        Digest.parse(text)

    descriptor = {"digest": text, "platform": {"os": "linux", "architecture": "amd64"}}
    digest = sends(world, {"manifests": [descriptor]})
    with pytest.raises(RegistryError, match="is not a digest"):
        connect().image(NGINX, digest, [AMD64])


def test_rule_07_get_by_digest_hashes_to_it(world: World, connect: Connect) -> None:
    digest = make_image([AMD64], salts="asked").top.digest
    headers = {"Content-Type": OCI_INDEX, "Docker-Content-Digest": str(digest)}
    world.answer(HUB, headers=headers, content=IMAGE.top.body)

    with pytest.raises(RegistryError, match=f"it sent `{IMAGE.top.digest}`"):
        connect().image(NGINX, digest, [AMD64])


def test_rule_08_a_new_digest_is_hashed_before_it_is_locked(
    world: World, hub: MemoryRegistry, connect: Connect
) -> None:
    hub.push("library/nginx", "1.27", IMAGE)

    def change(request: httpx.Request, response: httpx.Response) -> None:
        response.headers["Docker-Content-Digest"] = f"sha256:{'f' * 64}"

    world.alter(HUB, change)
    request = LockRequest(digests={NGINX.key: None}, platforms=(AMD64,))

    outcome = resolve_lock(request, Lockfile(), connect(), lambda: None)

    assert outcome.lockfile.images == {}
    assert list(outcome.failures) == [NGINX.key]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("text/html", "`text/html`, not an image manifest"),
        ("application/xml", "`application/xml`, not an image manifest"),
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"),
    ],
)
def test_rule_09_other_types_fail(
    world: World, connect: Connect, kind: str, message: str
) -> None:
    headers = {"Content-Type": kind, "Docker-Content-Digest": str(IMAGE.top.digest)}
    world.answer(HUB, headers=headers, content=IMAGE.top.body)

    with pytest.raises(RegistryError, match=message):
        connect().digest(NGINX)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            f'{{"manifests": [], "mediaType": "{OCI_MANIFEST}"}}',
            "its `mediaType` is not",
        ),
        ('{"manifests": [], "layers": []}', "both an index and a manifest"),
        ('{"manifests": [], "config": {}}', "both an index and a manifest"),
        ('{"manifests": [], "fsLayers": []}', "both an index and a manifest"),
        ('{"manifests": [], "manifests": []}', "duplicate key"),
    ],
)
def test_rule_10_what_has_two_readings_fails(
    world: World, connect: Connect, body: str, message: str
) -> None:
    world.answer(HUB, headers={"Content-Type": OCI_INDEX}, text=body)

    with pytest.raises(RegistryError, match=message):
        connect().image(NGINX, Digest.of(body.encode()), [AMD64])


def test_rule_11_answers_are_bounded_and_not_compressed(
    world: World, connect: Connect
) -> None:
    headers = {"Content-Type": OCI_INDEX}
    world.answer(HUB, headers=headers, content=b" " * (4 * 1024 * 1024 + 1))
    with pytest.raises(RegistryError, match="larger than 4096 KiB"):
        connect().image(NGINX, IMAGE.top.digest, [AMD64])

    packed = headers | {"Content-Encoding": "gzip"}
    world.hosts[HUB] = lambda _: httpx.Response(
        200, headers=packed, stream=httpx.ByteStream(gzip.compress(b" " * 9_000_000))
    )
    with pytest.raises(RegistryError, match="compressed"):
        connect().image(NGINX, IMAGE.top.digest, [AMD64])
    assert set(world.sent_to(HUB, "Accept-Encoding")) == {"identity"}


def test_rule_12_an_index_costs_one_request_however_many_manifests_it_holds(
    world: World, connect: Connect
) -> None:
    descriptor = make_manifest(AMD64).top.descriptor(
        urls=["https://evil.example/x"],
        platform={"os": "linux", "architecture": "amd64"},
    )
    digest = sends(world, {"manifests": [descriptor] * 4096})
    assert connect().image(NGINX, digest, [AMD64]).digest == digest
    assert len(world.requests) == 1

    digest = sends(world, {"manifests": [descriptor] * 4097})
    with pytest.raises(RegistryError, match="more than 4096"):
        connect().image(NGINX, digest, [AMD64])

    deep = b'{"manifests":' + b"[" * 100_000
    world.answer(HUB, headers={"Content-Type": OCI_INDEX}, content=deep)
    with pytest.raises(RegistryError, match="malformed"):
        connect().image(NGINX, Digest.of(deep), [AMD64])


def test_rule_13_an_index_that_became_a_manifest_is_told(
    hub: MemoryRegistry, connect: Connect
) -> None:
    client = connect()
    before = hub.push("library/nginx", "1.27", IMAGE)
    old = client.image(NGINX, before, [AMD64])
    after = hub.push("library/nginx", "1.27", make_manifest(AMD64))

    change = compare(old, client.image(NGINX, after, [AMD64]))

    assert change is not None
    assert change.kind is ChangeKind.KIND_CHANGED


def test_rule_14_errors_hold_no_secret_and_no_control_character(
    world: World, connect: Connect
) -> None:
    private(world)

    def handler(request: httpx.Request) -> httpx.Response:
        sent = request.headers.get("Authorization", "")
        text = f"\x1b[2J {sent} {ALICE.secret}"
        return httpx.Response(403, text=text, headers={"Set-Cookie": "c00kie=1"})

    world.hosts[AUTH] = handler

    with pytest.raises(RegistryError) as caught:
        connect(credentials={HOST: ALICE}).digest(APP)

    message = caught.value.explain()
    assert "\\x1b" in message
    for secret in ("\x1b", ALICE.secret, BASIC.partition(" ")[2], "c00kie"):
        assert secret not in message


def test_rule_15_names_from_a_registry_are_checked_before_use(
    world: World, connect: Connect
) -> None:
    platform = {"os": "linux\x1b[2J", "architecture": "amd64"}
    version = {"org.opencontainers.image.version": "1\x1b[2J\n2"}
    listed = IMAGE.top.descriptor(platform=platform)
    digest = sends(world, {"manifests": [listed], "annotations": version})

    image = connect().image(NGINX, digest, [AMD64])

    assert image.platforms == ()
    assert image.release == "1[2J2"


def test_rule_16_every_phase_of_a_request_has_a_timeout() -> None:
    seen: list[dict[str, float]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(404)

    transport = httpx.MockTransport(handler)
    with (
        RegistryClient(
            ClientSettings(timeout=7), GivenKeychain({}), transport=transport
        ) as client,
        pytest.raises(RegistryError),
    ):
        client.digest(NGINX)

    assert seen == [{"connect": 7, "read": 7, "write": 7, "pool": 7}] * 2


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503, None])
def test_rule_17_a_failure_is_no_answer_and_deletes_nothing(
    world: World, hub: MemoryRegistry, connect: Connect, status: int | None
) -> None:
    digest = hub.push("library/nginx", "1.27", IMAGE)
    old = Lockfile(
        platforms=(AMD64,),
        images={NGINX.key: connect().image(NGINX, digest, [AMD64])},
    )
    del world.hosts[HUB]
    if status:
        world.answer(HUB, status)
    request = LockRequest(
        digests={NGINX.key: None},
        platforms=(AMD64,),
        refresh=frozenset({NGINX.key}),
    )

    outcome = resolve_lock(request, old, connect(), lambda: None)

    assert outcome.lockfile == old
    assert list(outcome.failures) == [NGINX.key]
