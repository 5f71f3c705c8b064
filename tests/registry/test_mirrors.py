"""Mirrors: asked for content, and for tags only where they are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.images import make_image, make_manifest
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import ConfigurationError, NotFoundError, RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.model import Credential
from tests.registry.conftest import ALICE, HUB, Connect

if TYPE_CHECKING:
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1.27")
HOST = "mirror.example"
ADDRESS = f"https://{HOST}/proxy/hub"
CONTENT = {"docker.io": HostSettings(mirror=ADDRESS)}
TAGS = {"docker.io": HostSettings(mirror=ADDRESS, resolve_from_mirror=True)}


@pytest.fixture
def mirror(world: World) -> MemoryRegistry:
    registry = MemoryRegistry()
    world.add(HOST, registry)
    return registry


def hosts(world: World) -> list[str]:
    return [request.url.host for request in world.requests]


def test_the_registry_itself_says_what_a_tag_is(
    world: World, hub: MemoryRegistry, mirror: MemoryRegistry, connect: Connect
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    mirror.push_image("proxy/hub/library/nginx", "1.27", [AMD64], salts="stale")

    assert connect(CONTENT).digest(NGINX) == digest
    assert hosts(world) == [HUB]


def test_content_comes_from_the_mirror(
    world: World, hub: MemoryRegistry, mirror: MemoryRegistry, connect: Connect
) -> None:
    digest = mirror.push("proxy/hub/library/nginx", "x", make_manifest(AMD64))
    client = connect(CONTENT)

    image = client.image(NGINX, digest, [AMD64])

    assert image.reference == NGINX
    assert client.serves(NGINX, digest)
    assert world.log[0] == (
        f"GET https://{HOST}/v2/proxy/hub/library/nginx/manifests/{digest}"
    )
    assert hosts(world) == [HOST] * 3


@pytest.mark.parametrize("status", [200, 401, 404, 429, 500])
def test_whatever_the_mirror_lacks_comes_from_the_registry(
    world: World, hub: MemoryRegistry, connect: Connect, status: int
) -> None:
    world.answer(HOST, status, html="<h1>no</h1>")
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    client = connect(CONTENT)

    assert client.image(NGINX, digest, [AMD64]).digest == digest
    assert client.serves(NGINX, digest)
    assert client.digest(Reference.parse(f"nginx@{digest}")) == digest


def test_a_mirror_that_cannot_be_found_is_passed_over(
    world: World, hub: MemoryRegistry, connect: Connect
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])

    assert connect(CONTENT).image(NGINX, digest, [AMD64]).digest == digest


def test_a_mirror_that_sends_other_bytes_is_not_believed(
    world: World, hub: MemoryRegistry, mirror: MemoryRegistry, connect: Connect
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    evil = make_image([AMD64], salts="evil").top

    def handler(request: httpx.Request) -> httpx.Response:
        headers = {
            "Content-Type": evil.media_type,
            "Docker-Content-Digest": str(evil.digest),
        }
        return httpx.Response(200, headers=headers, content=evil.body)

    world.hosts[HOST] = handler

    image = connect(CONTENT).image(NGINX, digest, [AMD64])

    assert image.platforms[0].digest == make_image([AMD64]).children[0].digest


def test_only_the_registry_can_say_that_content_is_gone(
    world: World, hub: MemoryRegistry, mirror: MemoryRegistry, connect: Connect
) -> None:
    digest = make_manifest(AMD64).top.digest
    client = connect(CONTENT)

    assert not client.serves(NGINX, digest)
    assert hosts(world) == [HOST, HUB]
    world.answer(HUB, 503)
    with pytest.raises(RegistryError, match=r"from `docker\.io`"):
        client.serves(NGINX, digest)


def test_a_trusted_mirror_stands_for_the_registry(
    world: World, hub: MemoryRegistry, mirror: MemoryRegistry, connect: Connect
) -> None:
    hub.push_image("library/nginx", "1.27", [AMD64], salts="at the origin")
    digest = mirror.push_image("proxy/hub/library/nginx", "1.27", [AMD64])
    client = connect(TAGS)

    assert client.digest(NGINX) == digest
    assert client.image(NGINX, digest, [AMD64]).reference == NGINX
    assert client.serves(NGINX, digest)
    assert set(hosts(world)) == {HOST}


def test_what_a_trusted_mirror_lacks_is_gone(
    world: World, hub: MemoryRegistry, mirror: MemoryRegistry, connect: Connect
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    client = connect(TAGS)
    message = "the mirror `mirror.example` of `docker.io` does not have `docker.io/"

    with pytest.raises(NotFoundError, match=message):
        client.digest(NGINX)
    assert not client.serves(NGINX, digest)
    assert set(hosts(world)) == {HOST}


def test_a_mirror_gets_its_own_credentials_and_never_the_registrys(
    world: World, connect: Connect
) -> None:
    users = {"bob": "his own"}
    mirror = MemoryRegistry(authentication=AuthScheme.BASIC, users=users)
    digest = mirror.push_image("proxy/hub/library/nginx", "1.27", [AMD64])
    world.add(HOST, mirror)

    with pytest.raises(RegistryError, match="access is denied") as caught:
        connect(TAGS, {"docker.io": ALICE}).digest(NGINX)
    assert f"`docker login {HOST}`" in str(caught.value.hint)
    assert world.sent_to(HOST, "Authorization") == []

    bob = Credential("bob", "his own")
    assert connect(TAGS, {"docker.io": ALICE, HOST: bob}).digest(NGINX) == digest


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("mirror.example", "https://mirror.example/v2/library"),
        ("mirror.example/a/b/", "https://mirror.example/v2/a/b/library"),
        ("http://mirror.example", "http://mirror.example/v2/library"),
        ("http://mirror.example:5000/a", "http://mirror.example:5000/v2/a/library"),
        ("localhost:5000", "http://localhost:5000/v2/library"),
        ("127.0.0.1:5000/a", "http://127.0.0.1:5000/v2/a/library"),
    ],
)
def test_the_forms_of_an_address(
    world: World, connect: Connect, address: str, base: str
) -> None:
    settings = HostSettings(mirror=address, resolve_from_mirror=True)

    with pytest.raises(RegistryError):
        connect({"docker.io": settings}).digest(NGINX)

    assert world.log == [f"HEAD {base}/nginx/manifests/1.27"]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://mirror.example",
        "https://",
        "https://mirror.example?x=y",
        "https://mirror.example/#x",
        "https://[::1",
        "mirror example",
        " ",
        "https:///path",
        "999.0.0.1",
    ],
)
def test_an_address_that_is_none_is_refused(connect: Connect, address: str) -> None:
    settings = HostSettings(mirror=address, resolve_from_mirror=True)

    with pytest.raises(ConfigurationError, match=r"the mirror of `docker\.io`"):
        connect({"docker.io": settings}).digest(NGINX)


def test_an_address_with_a_password_is_refused_and_not_shown(connect: Connect) -> None:
    settings = HostSettings(mirror="https://bob:s3cret@mirror.example")

    with pytest.raises(ConfigurationError) as caught:
        connect({"docker.io": settings}).serves(NGINX, make_manifest(AMD64).top.digest)

    assert "s3cret" not in caught.value.explain()
    assert "`docker login mirror.example`" in caught.value.explain()


@pytest.mark.parametrize(
    ("reference", "scheme"),
    [
        ("localhost:5000/a:1", "http"),
        ("a.localhost/b:1", "http"),
        ("127.0.0.1/a:1", "http"),
        ("127.9.9.9:5000/a:1", "http"),
        ("[::1]:5000/a:1", "http"),
        ("10.0.0.1:5000/a:1", "https"),
        ("192.168.1.1/a:1", "https"),
        ("localhost.example/a:1", "https"),
        ("128.0.0.1/a:1", "https"),
        ("plain.example/a:1", "http"),
    ],
)
def test_plain_http_is_for_this_machine_and_hosts_that_the_user_names(
    world: World, connect: Connect, reference: str, scheme: str
) -> None:
    plain = {"plain.example": HostSettings(plain_http=True)}

    with pytest.raises(RegistryError):
        connect(plain).digest(Reference.parse(reference))

    assert [request.url.scheme for request in world.requests] == [scheme]


def test_a_registry_that_cannot_be_addressed_is_an_error_of_its_own(
    world: World, connect: Connect
) -> None:
    with pytest.raises(RegistryError, match=r"from `999\.0\.0\.1`"):
        connect().digest(Reference.parse("999.0.0.1/a:1"))
    with pytest.raises(RegistryError, match=r"from `\[:::\]`"):
        connect().digest(Reference.parse("[:::]/a:1"))
    with pytest.raises(ConfigurationError, match="is not the address of a registry"):
        connect({"999.0.0.1": HostSettings()})
