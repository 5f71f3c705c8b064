"""Mirrors in containerd's `hosts.toml`: which hosts are asked, in which order."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.config.registries import ClientCertificate, HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.model import Credential
from imagelock.registry.client import RegistryClient
from imagelock.registry.endpoints.mirrors.containerd import read_hosts_folders
from imagelock.registry.http.failure import Failure
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Time
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imagelock.registry.auth.credentials.model import Secret
    from tests.support.memory import World

WORDS = [
    *('server = "https://a.example"', 'server = "https://[::"', 'server = "//"'),
    *('[host."https://b.example/x"]', '[host."c d"]', "[host]", 'ca = ["x", "y"]'),
    *('capabilities = ["PULL"]', "override_path = true", 'client = [["a", ""], "b"]'),
]
AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1")
PUBLIC_AND_INTERNAL = """
server = "https://registry-1.docker.io"

[host."https://public.example"]
  capabilities = ["pull"]
[host."https://internal.example:5000"]
  capabilities = ["pull", "resolve"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "certs.d"


def write(folder: Path, host: str, text: str) -> None:
    (folder / host).mkdir(parents=True)
    (folder / host / "hosts.toml").write_text(text)


def client(
    world: World, folder: Path, credentials: Mapping[str, Secret] | None = None
) -> RegistryClient:
    return RegistryClient(
        ClientSettings(mirrors=read_hosts_folders(folder)),
        GivenKeychain(credentials or {}),
        transport=world.transport,
        clock=Time().clock,
    )


def asked(world: World) -> list[str]:
    """Return the hosts in the order in which they were asked first."""
    return list(dict.fromkeys(r.url.netloc.decode() for r in world.requests))


def test_a_host_is_asked_for_what_it_is_capable_of(world: World, folder: Path) -> None:
    write(folder, "docker.io", PUBLIC_AND_INTERNAL)
    hosts = ["public.example", "internal.example:5000", HUB]
    for host in hosts:
        world.add(host, MemoryRegistry())
    hub = MemoryRegistry()
    digest = hub.push_image("library/nginx", "1", [AMD64])
    world.add(HUB, hub)
    registry = client(world, folder)

    assert registry.digest(NGINX) == digest
    assert asked(world) == hosts[1:]
    world.requests.clear()
    assert registry.image(NGINX, digest, [AMD64]).reference == NGINX
    assert asked(world) == hosts


def test_only_other_hosts_get_the_name_of_the_registry(
    world: World, folder: Path
) -> None:
    write(folder, "docker.io", PUBLIC_AND_INTERNAL)

    with pytest.raises(RegistryError):
        client(world, folder).digest(NGINX)

    mirror, *_, origin = world.requests
    assert str(mirror.url) == (
        "https://internal.example:5000/v2/library/nginx/manifests/1?ns=docker.io"
    )
    assert str(origin.url) == f"https://{HUB}/v2/library/nginx/manifests/1"


@pytest.mark.parametrize("status", [401, 429, 500, None])
def test_a_mirror_alone_cannot_say_that_a_tag_is_gone_if_another_failed(
    world: World, folder: Path, status: int | None
) -> None:
    text = '[host."https://a.example"]\n[host."https://b.example"]\n'
    write(folder, "docker.io", text)
    world.add("b.example", MemoryRegistry())
    world.add(HUB, MemoryRegistry())
    if status:
        world.answer("a.example", status)
    registry = client(world, folder)

    with pytest.raises(NotFoundError, match=r"`docker\.io` does not have"):
        registry.digest(NGINX)
    assert asked(world) == ["a.example", "b.example", HUB]

    world.answer(HUB, 503)
    with pytest.raises(RegistryError, match="503") as caught:
        registry.digest(NGINX)
    assert not isinstance(caught.value, NotFoundError)


def test_a_mirror_that_is_the_last_says_gone_only_if_all_others_did(
    world: World, folder: Path
) -> None:
    # The registry itself may not say what tags stand for.
    text = 'capabilities = ["pull"]\n[host."https://a.example"]\n[host."https://b.example"]'
    write(folder, "docker.io", text)
    world.add("a.example", MemoryRegistry())
    world.add("b.example", MemoryRegistry())
    with pytest.raises(NotFoundError):
        client(world, folder).digest(NGINX)

    world.answer("a.example", 503)
    with pytest.raises(RegistryError, match="503") as caught:
        client(world, folder).digest(NGINX)
    assert not isinstance(caught.value, NotFoundError)
    assert HUB not in asked(world)


def test_no_host_may_resolve(world: World, folder: Path) -> None:
    write(folder, "docker.io", 'capabilities = ["pull"]')

    with pytest.raises(RegistryError, match="no server may be asked"):
        client(world, folder).digest(NGINX)
    assert world.requests == []


@pytest.mark.parametrize(
    ("names", "reference", "used"),
    [
        (
            ["example.com_5000_", "example.com:5000", "_default"],
            "example.com:5000/a:1",
            0,
        ),
        (["example.com:5000", "_default"], "example.com:5000/a:1", 0),
        (["example.com", "_default"], "example.com:5000/a:1", 1),
        (["_default"], "quay.io/a/b:1", 0),
        (["docker.io", "_default"], "a/b:1", 0),
        (["quay.io"], "ghcr.io/a/b:1", None),
    ],
)
def test_the_most_exact_folder_counts(
    world: World, folder: Path, names: list[str], reference: str, used: int | None
) -> None:
    for number, name in enumerate(names):
        write(folder, name, f'server = "https://m{number}.example"')

    with pytest.raises(RegistryError):
        client(world, folder).digest(Reference.parse(reference))

    (host,) = asked(world)
    expected = (
        Reference.parse(reference).registry if used is None else f"m{used}.example"
    )
    assert host == expected


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ('server = "m.example"', "https://m.example/v2/library/nginx"),
        ('server = "http://m.example:80/"', "http://m.example/v2/library/nginx"),
        ('server = "https://m.example/v2"', "https://m.example/v2/library/nginx"),
        ('server = "https://m.example/a"', "https://m.example/a/v2/library/nginx"),
        ('server = "https://m.example/v2/hub"', "https://m.example/v2/hub/v2/library/nginx"),
        (
            'server = "https://m.example/v2/hub"\noverride_path = true',
            "https://m.example/v2/hub/library/nginx",
        ),
        ('server = "https://docker.io"', f"https://{HUB}/v2/library/nginx"),
        ("", f"https://{HUB}/v2/library/nginx"),
    ],
)  # fmt: skip
def test_where_the_api_of_a_host_begins(
    world: World, folder: Path, text: str, url: str
) -> None:
    write(folder, "docker.io", text)

    with pytest.raises(RegistryError):
        client(world, folder).digest(NGINX)

    assert world.log == [f"HEAD {url}/manifests/1"]


def test_a_host_gets_its_own_credentials_and_a_token_for_its_own_name(
    world: World, folder: Path
) -> None:
    users = {"bob": "his own"}
    mirror = MemoryRegistry(authentication=AuthScheme.TOKEN, users=users)
    digest = mirror.push_image("hub/library/nginx", "1", [AMD64])
    world.add("m.example", mirror)
    text = 'server = "https://m.example/v2/hub"\noverride_path = true'
    write(folder, "docker.io", text)

    with pytest.raises(RegistryError, match="access is denied"):
        client(world, folder, {"docker.io": ALICE}).digest(NGINX)
    sent = world.sent_to("m.example", "Authorization")
    assert all(value.startswith("Bearer memory-token") for value in sent)

    both = {"docker.io": ALICE, "m.example": Credential("bob", "his own")}
    assert client(world, folder, both).digest(NGINX) == digest


def test_a_token_is_asked_for_where_the_api_lies_deeper(
    world: World, folder: Path
) -> None:
    mirror = MemoryRegistry(authentication=AuthScheme.TOKEN)
    digest = mirror.push_image("library/nginx", "1", [AMD64])
    world.add("m.example", mirror)
    inner = world.hosts["m.example"]

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.removeprefix(b"/deep")
        url = request.url.copy_with(raw_path=path)
        return inner(httpx.Request(request.method, url, headers=request.headers))

    world.hosts["m.example"] = handler
    write(folder, "docker.io", 'server = "https://m.example/deep"')

    assert client(world, folder).digest(NGINX) == digest


def test_the_registry_itself_keeps_its_credentials(world: World, folder: Path) -> None:
    hub = MemoryRegistry(authentication=AuthScheme.BASIC, users={"alice": ALICE.secret})
    digest = hub.push_image("library/nginx", "1", [AMD64])
    world.add(HUB, hub)
    write(folder, "docker.io", PUBLIC_AND_INTERNAL)

    assert client(world, folder, {"docker.io": ALICE}).digest(NGINX) == digest


def test_what_is_special_about_tls(folder: Path) -> None:
    text = """
ca = "/etc/own.pem"
[host."https://a.example"]
ca = ["a.pem", "/etc/b.pem"]
client = [["c.cert", "c.key"], ["d.pem", ""]]
[host."https://b.example:5000"]
client = "e.pem"
skip_verify = true
"""
    write(folder, "r.example_5000_", text)
    inside = folder / "r.example_5000_"
    etc = folder / "/etc"

    assert read_hosts_folders(folder).hosts() == {
        "a.example": HostSettings(
            authorities=(inside / "a.pem", etc / "b.pem"),
            client_certificates=(
                ClientCertificate(inside / "c.cert", inside / "c.key"),
                ClientCertificate(inside / "d.pem", None),
            ),
        ),
        "b.example:5000": HostSettings(
            client_certificates=(ClientCertificate(inside / "e.pem", None),),
            skip_verify=True,
        ),
        "r.example:5000": HostSettings(authorities=(etc / "own.pem",)),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("server =", "hosts.toml"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("server = 5", "`server`"),
        ('server = "ftp://x.example"', "not an address"),
        ('server = "https://me:s3cret@x.example"', "not an address"),
        ('server = "https://"', "not an address"),
        ('[host."https://me:s3cret@x.example"]\nca = 5', "`host.https://…@x.example"),
        ('[host."https://a.example"]\ncapabilities = ["pulls"]', "capabilities"),
        ('[host."https://a.example"]\nclient = [["a"]]', "client"),
        ('[host."https://a.example".header]\nx = "y"', "does not follow"),
        ('proxy = "http://p.example"', "does not follow"),
    ],
)
def test_a_file_that_is_none_fails_its_own_registry_only(
    world: World, folder: Path, text: str, words: str
) -> None:
    write(folder, "docker.io", text)
    other = MemoryRegistry()
    digest = other.push_image("a", "1", [AMD64])
    world.add("quay.io", other)
    registry = client(world, folder)

    with pytest.raises(RegistryError, match=r"cannot use `.*hosts\.toml`") as caught:
        registry.digest(NGINX)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)
    with pytest.raises(RegistryError, match=r"hosts\.toml"):
        registry.diagnose("docker.io", lambda: 0.0)
    assert registry.digest(Reference.parse("quay.io/a:1")) == digest


@given(text=st.text() | st.lists(st.sampled_from(WORDS)).map("\n".join))
def test_no_text_raises(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("certs.d")
    (folder / "a.example").mkdir()
    (folder / "a.example" / "hosts.toml").write_bytes(
        text.encode("utf-8", "surrogatepass")
    )

    mirrors = read_hosts_folders(folder)

    mirrors.hosts()
    with suppress(Failure):
        mirrors.servers("a.example", "b")


def test_what_is_absent_says_nothing(folder: Path) -> None:
    assert read_hosts_folders(folder).all_servers("docker.io") == ()
    (folder / "docker.io").mkdir(parents=True)
    (folder / "docker.io" / "ca.crt").touch()
    assert read_hosts_folders(folder).all_servers("docker.io") == ()


def test_doctor_shows_what_each_host_is_asked_for(world: World, folder: Path) -> None:
    write(folder, "docker.io", PUBLIC_AND_INTERNAL)

    diagnoses = client(world, folder).diagnose("docker.io", lambda: 0.0)

    assert [
        (server.endpoint, server.mirror, server.tags, server.content)
        for server in diagnoses
    ] == [
        ("https://public.example", True, False, True),
        ("https://internal.example:5000", True, True, True),
        (f"https://{HUB}", False, True, True),
    ]
