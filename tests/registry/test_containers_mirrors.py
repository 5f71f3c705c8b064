"""Mirrors in Podman's `registries.conf`: which hosts are asked, in which order."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import ConfigurationError, NotFoundError, RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.model import Credential
from imagelock.registry.client import RegistryClient
from imagelock.registry.connect import registries_conf
from imagelock.registry.endpoints.mirrors.containers import read_registries_conf
from imagelock.registry.http.failure import Failure
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Time
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.registry.auth.credentials.model import Secret
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
APP = Reference.parse("example.com/foo/team/app:1")
PAIR = """
[[registry]]
prefix = "example.com/foo"
location = "internal.example/bar"

[[registry.mirror]]
location = "one.example/mirror-of-foo"

[[registry.mirror]]
location = "two.example:5000/mirrors/foo"
"""
WORDS = [
    *("[[registry]]", "[[registry.mirror]]", "[registry]", "insecure = true"),
    *('location = "a.example/b"', 'prefix = "*.example"', 'prefix = "a.example"'),
    *('location = ""', 'prefix = "/"', 'prefix = "a.example/b/c:1"', "blocked = true"),
    *('pull-from-mirror = "tag-only"', "mirror-by-digest-only = true"),
]
LOCATIONS = {
    "one.example": "mirror-of-foo/team/app",
    "two.example:5000": "mirrors/foo/team/app",
    "internal.example": "bar/team/app",
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return tmp_path / "registries.conf"


def client(
    world: World,
    conf: Path,
    text: str,
    credentials: Mapping[str, Secret] | None = None,
    hosts: Mapping[str, HostSettings] | None = None,
) -> RegistryClient:
    conf.write_text(text)
    settings = ClientSettings(mirrors=read_registries_conf(conf, ()), hosts=hosts or {})
    return RegistryClient(
        settings,
        GivenKeychain(credentials or {}),
        transport=world.transport,
        clock=Time().clock,
    )


def serve(world: World, *hosts: str) -> dict[str, MemoryRegistry]:
    """Add empty registries."""
    registries = {host: MemoryRegistry() for host in hosts}
    for host, registry in registries.items():
        world.add(host, registry)
    return registries


def asked(world: World) -> list[str]:
    """Return the hosts in the order in which they were asked first."""
    return list(dict.fromkeys(r.url.netloc.decode() for r in world.requests))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_servers_are_asked_in_order_until_one_has_it(
    world: World, conf: Path, number: int
) -> None:
    registries = serve(world, *LOCATIONS)
    host = list(LOCATIONS)[number - 1]
    digest = registries[host].push_image(LOCATIONS[host], "1", [AMD64])
    registry = client(world, conf, PAIR)

    assert registry.digest(APP) == digest
    assert asked(world) == list(LOCATIONS)[:number]
    image = registry.image(APP, digest, [AMD64])
    assert str(image.reference) == "example.com/foo/team/app:1"
    assert registry.serves(APP, digest)
    assert asked(world) == list(LOCATIONS)[:number]
    assert registry.notices == []


def test_what_no_server_has_is_gone(world: World, conf: Path) -> None:
    serve(world, *LOCATIONS)

    with pytest.raises(NotFoundError, match=r"`internal\.example` of `example\.com`"):
        client(world, conf, PAIR).digest(APP)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, None])
def test_a_mirror_that_fails_is_skipped_and_reported(
    world: World, conf: Path, status: int | None
) -> None:
    registries = serve(world, *LOCATIONS)
    if status:
        world.answer("one.example", status)
    else:
        del world.hosts["one.example"]
    digest = registries["internal.example"].push_image("bar/team/app", "1", [AMD64])
    registry = client(world, conf, PAIR)

    assert registry.digest(APP) == digest
    (notice,) = registry.notices
    assert notice.startswith("skipped the mirror `one.example` of `example.com`: ")


def test_a_mirror_says_nothing_about_what_its_registry_cannot_answer(
    world: World, conf: Path
) -> None:
    serve(world, *LOCATIONS)
    world.answer("internal.example", 503)

    with pytest.raises(RegistryError, match="status 503") as caught:
        client(world, conf, PAIR).digest(APP)

    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize(
    ("setting", "mirror_setting", "tags", "content"),
    [
        ("", "", True, True),
        ("mirror-by-digest-only = false", "", True, True),
        ("mirror-by-digest-only = true", "", False, True),
        ("", 'pull-from-mirror = "all"', True, True),
        ("", 'pull-from-mirror = "digest-only"', False, True),
        ("", 'pull-from-mirror = "tag-only"', True, False),
    ],
)
def test_what_a_mirror_is_asked_for(
    world: World,
    conf: Path,
    setting: str,
    mirror_setting: str,
    *,
    tags: bool,
    content: bool,
) -> None:
    registries = serve(world, HUB, "m.example")
    digest = registries[HUB].push_image("library/nginx", "1", [AMD64])
    text = (
        f'[[registry]]\nlocation = "docker.io"\n{setting}\n'
        f'[[registry.mirror]]\nlocation = "m.example/hub"\n{mirror_setting}\n'
    )
    registry = client(world, conf, text)
    nginx = Reference.parse("nginx:1")

    assert registry.digest(nginx) == digest
    assert asked(world) == (["m.example", HUB] if tags else [HUB])
    world.requests.clear()
    assert registry.image(nginx, digest, [AMD64]).digest == digest
    assert asked(world) == (["m.example", HUB] if content else [HUB])
    diagnoses = registry.diagnose("docker.io", lambda: 0.0)
    assert [
        (server.endpoint, server.mirror, server.tags, server.content)
        for server in diagnoses
    ] == [
        ("https://m.example/hub", True, tags, content),
        (f"https://{HUB}", False, True, True),
    ]


def test_credentials_of_the_registry_never_go_to_a_mirror(
    world: World, conf: Path
) -> None:
    users = {"bob": "his own"}
    mirror = MemoryRegistry(authentication=AuthScheme.BASIC, users=users)
    digest = mirror.push_image("hub/library/nginx", "1", [AMD64])
    world.add("m.example", mirror)
    serve(world, HUB)
    text = '[[registry]]\nlocation="docker.io"\nmirror=[{location="m.example/hub"}]'
    nginx = Reference.parse("nginx:1")

    with pytest.raises(NotFoundError):
        client(world, conf, text, {"docker.io": ALICE}).digest(nginx)
    assert world.sent_to("m.example", "Authorization") == []

    both = {"docker.io": ALICE, "m.example": Credential("bob", "his own")}
    assert client(world, conf, text, both).digest(nginx) == digest


@pytest.mark.parametrize(
    ("prefix", "reference", "place"),
    [
        ("example.com", "example.com/a/b:1", "m.example/x/a/b"),
        ("Example.COM", "example.com/a/b:1", "m.example/x/a/b"),
        ("example.com/a", "example.com/a/b:1", "m.example/x/b"),
        ("example.com/a/b", "example.com/a/b:1", "m.example/x"),
        ("example.com/a/", "example.com/a/b:1", "m.example/x/b"),
        ("example.com/a", "example.com/ab/c:1", None),
        ("example.com", "example.com:5000/a:1", None),
        ("example.com", "www.example.com/a:1", None),
        ("*.example.com", "www.example.com/a/b:1", "m.example/x/a/b"),
        ("*.example.com", "a.b.example.com/a:1", "m.example/x/a"),
        ("*.example.com", "example.com/a:1", None),
        ("*.example.com", "wwwexample.com/a:1", None),
        ("docker.io/library", "nginx:1", "m.example/x/nginx"),
        ("docker.io/nginx", "nginx:1", None),
    ],
)
def test_prefixes_match_by_segments(
    world: World, conf: Path, prefix: str, reference: str, place: str | None
) -> None:
    text = f'[[registry]]\nprefix = "{prefix}"\nlocation = "m.example/x"\n'

    with pytest.raises(RegistryError):
        client(world, conf, text).digest(Reference.parse(reference))

    (line,) = world.log
    if place is None:
        assert "m.example" not in line
    else:
        host, _, path = place.partition("/")
        assert line == f"HEAD https://{host}/v2/{path}/manifests/1"


def test_the_longest_prefix_counts(world: World, conf: Path) -> None:
    text = "".join(
        f'[[registry]]\nprefix = "example.com{path}"\nlocation = "{host}.example"\n'
        for path, host in [("/foo", "b"), ("/foo/team", "c"), ("", "a")]
    )

    with pytest.raises(RegistryError):
        client(world, conf, text).digest(APP)

    assert world.log == ["HEAD https://c.example/v2/app/manifests/1"]


def test_a_wildcard_without_location_keeps_the_name(world: World, conf: Path) -> None:
    text = '[[registry]]\nprefix="*.example.com"\nmirror=[{location="m.example"}]'

    with pytest.raises(RegistryError):
        client(world, conf, text).digest(Reference.parse("a.example.com/b/c:1"))

    assert world.log == [
        "HEAD https://m.example/v2/b/c/manifests/1",
        "HEAD https://a.example.com/v2/b/c/manifests/1",
    ]


def test_a_wildcard_does_not_make_every_host_insecure(world: World, conf: Path) -> None:
    text = '[[registry]]\nprefix = "*.example.com"\ninsecure = true\n'

    with pytest.raises(RegistryError):
        client(world, conf, text).digest(Reference.parse("a.example.com/b:1"))

    assert {request.url.scheme for request in world.requests} == {"https"}


def test_what_is_blocked_is_not_asked_for(world: World, conf: Path) -> None:
    text = '[[registry]]\nlocation = "example.com"\nblocked = true\n'
    registry = client(world, conf, text)

    with pytest.raises(RegistryError, match=r"blocks `example\.com`"):
        registry.digest(APP)
    with pytest.raises(RegistryError, match="blocks"):
        registry.diagnose("example.com", lambda: 0.0)
    assert world.requests == []


@pytest.mark.parametrize(
    "table", ['location = "example.com"\nblocked = true', 'location = "a b"']
)
def test_a_mirror_in_the_settings_of_the_project_replaces_all_of_it(
    world: World, conf: Path, table: str
) -> None:
    digest = serve(world, "m.example")["m.example"].push_image("team/app", "1", [AMD64])
    text = f'[[registry]]\nprefix = "example.com"\n{table}\n'
    mirror = HostSettings(mirror="https://m.example", resolve_from_mirror=True)
    registry = client(world, conf, text, hosts={"example.com": mirror})

    assert registry.digest(Reference.parse("example.com/team/app:1")) == digest
    (server,) = registry.diagnose("example.com", lambda: 0.0)
    assert (server.endpoint, server.mirror) == ("https://m.example", True)


def test_an_entry_for_one_tag_is_not_passed_over(world: World, conf: Path) -> None:
    text = '[[registry]]\nprefix="example.com/foo/team/app:1"\nlocation="m.example/x"'

    with pytest.raises(RegistryError, match="single tag or digest"):
        client(world, conf, text).digest(APP)
    assert world.requests == []


def test_no_name_is_left(world: World, conf: Path) -> None:
    text = '[[registry]]\nprefix="example.com/foo/team/app"\nlocation="m.example"'

    with pytest.raises(RegistryError, match="leave no name"):
        client(world, conf, text).digest(APP)


def test_an_insecure_server_is_asked_without_tls_if_tls_fails(
    world: World, conf: Path
) -> None:
    registry = MemoryRegistry()
    digest = registry.push_image("foo/team/app", "1", [AMD64])
    world.add("example.com", registry)
    inner = world.hosts["example.com"]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "https":
            raise httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER]", request=request)
        return inner(request)

    world.hosts["example.com"] = handler
    text = '[[registry]]\nlocation = "example.com"\ninsecure = {}\n'

    assert client(world, conf, text.format("true")).digest(APP) == digest
    assert world.log[-1].startswith("HEAD http://")
    world.requests.clear()
    with pytest.raises(RegistryError):
        client(world, conf, text.format("false")).digest(APP)
    assert {request.url.scheme for request in world.requests} == {"https"}


def test_the_certificate_of_an_insecure_server_is_not_checked(conf: Path) -> None:
    conf.write_text(
        '[[registry]]\nlocation = "docker.io"\ninsecure = true\n'
        '[[registry.mirror]]\nlocation = "m.example:5000/x"\ninsecure = true\n'
        '[[registry.mirror]]\nlocation = "n.example/x"\n'
    )

    hosts = read_registries_conf(conf, ()).hosts()

    assert set(hosts) == {HUB, "m.example:5000"}
    assert all(host.skip_verify for host in hosts.values())


def test_a_mirror_of_the_project_goes_before(world: World, conf: Path) -> None:
    mirror = {"example.com": HostSettings(mirror="p.example", resolve_from_mirror=True)}

    with pytest.raises(RegistryError):
        client(world, conf, PAIR, hosts=mirror).digest(APP)

    assert asked(world) == ["p.example"]


def test_doctor_sees_the_mirrors_of_a_part(world: World, conf: Path) -> None:
    serve(world, *LOCATIONS, "example.com")

    diagnoses = client(world, conf, PAIR).diagnose("example.com", lambda: 0.0)

    assert [
        (server.endpoint, server.mirror, server.reachable) for server in diagnoses
    ] == [
        ("https://one.example/mirror-of-foo", True, True),
        ("https://two.example:5000/mirrors/foo", True, True),
        ("https://internal.example/bar", False, True),
        ("https://example.com", False, True),
    ]


def test_later_files_replace_tables_with_the_same_prefix(
    world: World, conf: Path, tmp_path: Path
) -> None:
    conf.write_text('[[registry]]\nlocation = "a.example"\nblocked = true\n')
    folder = tmp_path / "registries.conf.d"
    folder.mkdir()
    (folder / "2.conf").write_text('[[registry]]\nlocation = "a.example"\n')
    (folder / "1.conf").write_text('[[registry]]\nlocation = "a.example/x"\n')
    (folder / "3.txt").write_text("no")
    mirrors = read_registries_conf(conf, [folder, tmp_path / "absent"])

    (server,) = mirrors.servers("a.example", "b")
    assert (server.address, server.is_mirror) == ("a.example", False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[registry", "registries.conf"),
        ("[[registry]]\nprefix = 'a.example'", "has no `location`"),
        ("[[registry]]", "has no `location`"),
        ("[[registry]]\nlocation = 'https://a.example'", "has an address where"),
        ("[[registry]]\nlocation = 'https://me:s3cret@a.b'", "`https://…@a.b` has an"),
        (
            "[[registry]]\nprefix='a.b'\nlocation='me:s3cret@c.d'",
            "`a.b` has an address",
        ),
        ("[registries.block]\nregistries = ['a.b']", "version 1"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("[[registry]]\nlocation = 5", "registry.0.location"),
        ("[[registry]]\nlocation='a.b'\nmirror=[{location=''}]", "mirror.0.location"),
        (
            (
                "[[registry]]\nlocation='a.b'\nmirror=[{location='c.d',"
                " pull-from-mirror='all'}]\nmirror-by-digest-only=true"
            ),
            "`mirror-by-digest-only` and `pull-from-mirror`",
        ),
        (
            "[[registry]]\nlocation='a.b'\nmirror=[{location='c.d', pull-from-mirror='x'}]",
            "pull-from-mirror",
        ),
    ],
)
def test_a_file_that_is_none_is_named(conf: Path, text: str, words: str) -> None:
    conf.write_text(text)

    with pytest.raises(
        ConfigurationError, match=r"cannot use `.*registries\.conf`"
    ) as it:
        read_registries_conf(conf, ())

    assert words in str(it.value)
    assert "s3cret" not in it.value.explain()


@given(text=st.text() | st.lists(st.sampled_from(WORDS)).map("\n".join))
def test_no_text_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    conf = tmp_path_factory.mktemp("conf") / "registries.conf"
    conf.write_bytes(text.encode("utf-8", "surrogatepass"))

    with suppress(ConfigurationError):
        mirrors = read_registries_conf(conf, ())
        mirrors.hosts()
        with suppress(Failure):
            mirrors.servers("a.example", "b/c")
        with suppress(Failure):
            mirrors.all_servers("a.example")


def test_an_absent_file_says_nothing(conf: Path) -> None:
    mirrors = read_registries_conf(conf, ())

    assert mirrors.servers("docker.io", "library/nginx") == ()
    assert not mirrors.all_servers("docker.io")


def test_a_location_that_is_no_address_fails_its_images(
    world: World, conf: Path
) -> None:
    text = '[[registry]]\nprefix = "example.com"\nlocation = "999.0.0.1"\n'

    with pytest.raises(RegistryError, match="999"):
        client(world, conf, text).digest(APP)


@given(
    name=st.from_regex(
        r"[a-z]{1,3}(\.[a-z]{1,3}){1,2}(/[a-z]{1,2}){0,3}", fullmatch=True
    )
)
def test_a_rewritten_name_is_the_location_and_the_rest(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    conf = tmp_path_factory.mktemp("conf") / "registries.conf"
    conf.write_text(f'[[registry]]\nprefix = "{name}"\nlocation = "m.example/x"\n')
    registry, _, repository = f"{name}/suffix".partition("/")

    (server,) = read_registries_conf(conf, ()).servers(registry, repository)

    suffix = repository[len(server.strip) :].strip("/")
    assert suffix == "suffix"
    assert (server.address, server.prefix) == ("m.example", "x")


def test_the_usual_files(tmp_path: Path) -> None:
    home, system = tmp_path / "home", tmp_path / "etc"
    user_folder = home / ".config" / "containers"
    drops = (system / "registries.conf.d", user_folder / "registries.conf.d")

    assert registries_conf({}, home, system) == (system / "registries.conf", drops)
    user_folder.mkdir(parents=True)
    (user_folder / "registries.conf").touch()
    assert registries_conf({}, home, system) == (
        user_folder / "registries.conf",
        drops[1:],
    )
    environment = {
        "CONTAINERS_REGISTRIES_CONF": "/x",
        "CONTAINERS_REGISTRIES_CONF_DIR": "/y",
    }
    assert registries_conf(environment, home, system) == (Path("/x"), (Path("/y"),))
    elsewhere = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert (
        registries_conf(elsewhere, home, system)[1][1].parent == tmp_path / "containers"
    )
