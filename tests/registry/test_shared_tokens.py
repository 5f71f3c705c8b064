"""One token for several repositories, and the fallback to one each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.model import IdentityToken, StoredCredential
from imagelock.registry.auth.shared_scopes import SharedScopes
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.failure import Failure
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Connect, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
HOST = "registry.example"
SHARED = {HOST: HostSettings(shared_token=True)}
NAMES = [f"team/app-{number}" for number in range(3)]
APPS = [Reference.parse(f"{HOST}/{name}:1") for name in NAMES]
SCOPES = [f"repository:{name}:pull" for name in NAMES]


@pytest.fixture
def registry(world: World) -> MemoryRegistry:
    registry = MemoryRegistry(authentication=AuthScheme.TOKEN)
    for name in NAMES:
        registry.push_image(name, "1", [AMD64], salts=name)
    world.add(HOST, registry)
    return registry


def scopes(world: World) -> list[list[str]]:
    """Return the scopes of each request for a token."""
    asked = [r for r in world.requests if r.url.path == "/token"]
    return [r.url.params.get_list("scope") for r in asked]


def answer_tokens(
    world: World, answer: Callable[[list[str]], httpx.Response | None]
) -> None:
    """Let *answer* decide about requests for tokens, by their scopes."""
    inner = world.hosts[HOST]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            response = answer(request.url.params.get_list("scope"))
            if response is not None:
                return response
        return inner(request)

    world.hosts[HOST] = handler


def ask(client: RegistryClient) -> None:
    client.expect(APPS)
    for app in APPS:
        client.digest(app)


def test_one_token_is_for_all_that_is_expected(
    world: World, registry: MemoryRegistry, connect: Connect
) -> None:
    ask(connect(SHARED))

    assert scopes(world) == [SCOPES]


def test_without_a_setting_each_repository_gets_its_own(
    world: World, registry: MemoryRegistry, connect: Connect
) -> None:
    ask(connect())

    assert scopes(world) == [[scope] for scope in SCOPES]


@pytest.mark.parametrize(("setting", "tokens"), [(None, 1), (True, 1), (False, 2)])
def test_docker_hub_is_known_to_give_such_tokens(
    world: World, connect: Connect, *, setting: bool | None, tokens: int
) -> None:
    hub = MemoryRegistry(authentication=AuthScheme.TOKEN)
    world.add(HUB, hub)
    images = [Reference.parse("nginx:1"), Reference.parse("redis:7")]
    for image in images:
        hub.push_image(image.repository, image.tag or "", [AMD64])
    client = connect({"docker.io": HostSettings(shared_token=setting)})

    client.expect(images)
    for image in images:
        client.digest(image)

    assert len(scopes(world)) == tokens


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_server_that_refuses_several_scopes_is_asked_for_each(
    world: World, registry: MemoryRegistry, connect: Connect, status: int
) -> None:
    answer_tokens(
        world, lambda asked: httpx.Response(status) if len(asked) > 1 else None
    )

    ask(connect(SHARED))

    assert scopes(world) == [SCOPES, *([scope] for scope in SCOPES)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_in_trouble_is_not_asked_for_each(
    world: World, registry: MemoryRegistry, connect: Connect, status: int
) -> None:
    answer_tokens(world, lambda _: httpx.Response(status))
    client = connect(SHARED)
    client.expect(APPS)

    for app in APPS:
        with pytest.raises(RegistryError):
            client.digest(app)

    assert {tuple(asked) for asked in scopes(world)} == {tuple(SCOPES)}


def test_a_token_that_is_only_for_the_last_scope_is_made_up_for(
    world: World, registry: MemoryRegistry, connect: Connect
) -> None:
    """As GitLab once did (github.com/estesp/manifest-tool/issues/53)."""

    def last(asked: list[str]) -> httpx.Response:
        body = registry.access.token("", f"scope={asked[-1]}")
        return httpx.Response(200, content=body or b"")

    answer_tokens(world, last)

    ask(connect(SHARED))

    assert scopes(world) == [SCOPES, [SCOPES[0]], [SCOPES[1]]]


def test_one_that_is_denied_does_not_stop_the_others(
    world: World, registry: MemoryRegistry, connect: Connect
) -> None:
    def change(request: httpx.Request, response: httpx.Response) -> None:
        if NAMES[0] in request.url.path:
            response.status_code = 401
            realm = f'Bearer realm="https://{HOST}/token",service="memory"'
            response.headers["WWW-Authenticate"] = realm

    world.alter(HOST, change)
    client = connect(SHARED)
    client.expect(APPS)

    with pytest.raises(RegistryError, match="access is denied"):
        client.digest(APPS[0])
    client.digest(APPS[1])
    client.digest(APPS[2])
    assert scopes(world) == [SCOPES, [SCOPES[0]]]


def test_what_has_other_credentials_gets_its_own_token(
    world: World, registry: MemoryRegistry
) -> None:
    class ByName:
        def credential(self, _: str, repository: str) -> StoredCredential | None:
            return StoredCredential(ALICE, "x") if repository == NAMES[1] else None

    settings = ClientSettings(hosts=SHARED)
    with RegistryClient(
        settings, ByName(), transport=world.transport, clock=Time().clock
    ) as client:
        ask(client)

    assert scopes(world) == [[scope] for scope in SCOPES]
    assert len(world.sent_to(HOST, "Authorization")) > len(NAMES)


def test_a_credential_that_cannot_be_read_fails_alone(
    world: World, registry: MemoryRegistry
) -> None:
    class Broken:
        def credential(self, _: str, repository: str) -> StoredCredential | None:
            if repository == NAMES[1]:
                message = "it is broken"
                raise Failure(message)
            return None

    with RegistryClient(
        ClientSettings(hosts=SHARED), Broken(), transport=world.transport
    ) as client:
        client.expect(APPS)
        client.digest(APPS[0])
        with pytest.raises(RegistryError, match="it is broken"):
            client.digest(APPS[1])
        client.digest(APPS[2])


def test_an_identity_token_is_traded_for_all_scopes_in_one_word(world: World) -> None:
    forms: list[dict[str, list[str]]] = []
    registry = MemoryRegistry(authentication=AuthScheme.TOKEN)
    for name in NAMES:
        registry.push_image(name, "1", [AMD64])
    world.add(HOST, registry)
    inner = world.hosts[HOST]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return inner(request)
        form = parse_qs(request.content.decode())
        forms.append(form)
        body = registry.access.token("", f"scope={form['scope'][0]}")
        return httpx.Response(200, content=body or b"")

    world.hosts[HOST] = handler

    class Known:
        def credential(self, _: str, __: str) -> StoredCredential | None:
            return StoredCredential(IdentityToken("s3cret"), "x")

    with RegistryClient(
        ClientSettings(hosts=SHARED), Known(), transport=world.transport
    ) as client:
        ask(client)

    assert [form["scope"] for form in forms] == [[" ".join(SCOPES)]]


def test_tokens_that_were_revoked_are_renewed(
    world: World, registry: MemoryRegistry, connect: Connect
) -> None:
    client = connect(SHARED)
    ask(client)
    registry.access.revoke()

    ask(client)

    assert scopes(world) == [SCOPES, *([scope] for scope in SCOPES)]


@given(names=st.lists(st.text("abc", min_size=1, max_size=3)), at=st.integers(0, 40))
def test_groups_hold_each_name_once_and_are_small(names: list[str], at: int) -> None:
    groups = SharedScopes()
    groups.expect(names[:at])
    groups.expect(names)

    for name in names:
        group = groups.of(name)
        assert name in group
        assert len(group) <= 10
        assert all(groups.of(other) == group for other in group)
    groups.split(names[:1])
    assert all(groups.of(name) == (name,) for name in names[:1])
    assert groups.of("else") == ("else",)
