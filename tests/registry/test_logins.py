"""Logins to each kind of registry, against servers that behave like it."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx
import pytest

from imagelock.errors import RegistryError
from imagelock.model.digest import Digest
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.keychain import StoredKeychain
from imagelock.registry.auth.token_request import pull_scope
from imagelock.registry.client import RegistryClient
from imagelock.registry.manifest import ACCEPT
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import Time

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.memory import World

HOST = "registry.example"
SECRET = "hunter2-secret"
TOKEN = "issued.token"
NOBODY = "00000000-0000-0000-0000-000000000000"
DIGEST = Digest.of(b"{}")
PULL = "repository:team/app:pull"


def basic(user: str, password: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass
class TokenServer:
    """A registry and its token server; the authorization `accepts` opens everything.

    `post` is the status for OAuth2, `None` if refresh tokens are exchanged.
    """

    accepts: str
    realm: str = f"https://{HOST}/token"
    header: str | None = None
    post: int | None = 404
    public: bool = False
    refusal: int = 401
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url.copy_with(query=None)) == self.realm:
            return self._token(request)
        if request.headers.get("Authorization") in {self.accepts, f"Bearer {TOKEN}"}:
            kind = {"Content-Type": ACCEPT.partition(",")[0]}
            return httpx.Response(
                200, headers={**kind, "Docker-Content-Digest": str(DIGEST)}
            )
        challenge = f'Bearer realm="{self.realm}",service="{HOST}"'
        header = challenge if self.header is None else self.header
        if request.url.path == "/v2/":
            header = challenge
        headers = {"WWW-Authenticate": header} if header else {}
        return httpx.Response(401, headers=headers)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        sent = request.headers.get("Authorization", form.get("refresh_token", ""))
        given = form or dict(request.url.params)
        self.asked.append((request.method, sent, given["scope"]))
        if request.method == "POST":
            fine = self.post is None and form == {
                "grant_type": "refresh_token",
                "client_id": "imagelock",
                "refresh_token": SECRET,
                "service": HOST,
                "scope": given["scope"],
            }
            status = self.post or 401
        else:
            fine = sent == self.accepts or (self.public and not sent)
            status = self.refusal
        if fine:
            return httpx.Response(200, json={"access_token": TOKEN})
        return httpx.Response(status, text=f"no {request.content!r}")


class Login:
    """A client with credentials in Docker's configuration."""

    def __init__(self, world: World, home: Path, entry: object) -> None:
        text = json.dumps(entry if _whole(entry) else {"auths": {HOST: entry}})
        environment = {"DOCKER_AUTH_CONFIG": text, "PATH": f"{home}:/usr/bin:/bin"}
        keychain = StoredKeychain.of(environment, home)
        self.client = RegistryClient(
            ClientSettings(), keychain, transport=world.transport, clock=Time().clock
        )
        self.world = world

    def serve(self, server: TokenServer) -> TokenServer:
        self.world.hosts[HOST] = server
        self.world.hosts[httpx.URL(server.realm).host] = server
        return server

    def digest(self, repository: str = "team/app") -> Digest:
        return self.client.digest(Reference.parse(f"{HOST}/{repository}:1"))


def _whole(entry: object) -> bool:
    return isinstance(entry, dict) and "credHelpers" in entry


def user(name: str, password: str = SECRET) -> dict[str, str]:
    return {"auth": basic(name, password).removeprefix("Basic ")}


def test_ecr_wants_a_password_with_each_request_which_its_helper_has(
    world: World, tmp_path: Path
) -> None:
    program = tmp_path / "docker-credential-ecr-login"
    answer = json.dumps({"Username": "AWS", "Secret": SECRET})
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    login = Login(world, tmp_path, {"credHelpers": {HOST: "ecr-login"}})
    header = 'Basic realm="https://registry.example/",service="ecr.amazonaws.com"'
    server = login.serve(TokenServer(basic("AWS"), header=header))

    assert login.digest() == login.digest("other") == DIGEST
    assert server.asked == []
    assert world.sent_to(HOST, "Authorization") == [basic("AWS")] * 2


@pytest.mark.parametrize("name", ["oauth2accesstoken", "_json_key", "_json_key_base64"])
def test_google_says_only_at_v2_what_it_asks_for(
    world: World, tmp_path: Path, name: str
) -> None:
    login = Login(world, tmp_path, user(name))
    server = login.serve(TokenServer(basic(name), header=""))

    with ThreadPoolExecutor(4) as pool:
        digests = list(pool.map(login.digest, ["team/app", "a/b", "a/c", "team/app"]))

    assert digests == [DIGEST] * 4
    assert world.log.count(f"GET https://{HOST}/v2/") == 1
    scopes = sorted(scope for _, _, scope in server.asked)
    assert scopes == ["repository:a/b:pull", "repository:a/c:pull", PULL]


def test_a_token_without_the_rights_and_no_challenge_is_the_end(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("oauth2accesstoken"))
    login.serve(TokenServer(basic("oauth2accesstoken"), header=""))
    inner = world.hosts[HOST]

    def forgetful(request: httpx.Request) -> httpx.Response:
        if "/manifests/" in request.url.path:
            return httpx.Response(401)
        return inner(request)

    world.hosts[HOST] = forgetful

    with pytest.raises(RegistryError, match="access is denied"):
        login.digest()
    assert len(world.requests) == 4


@pytest.mark.parametrize(
    "entry",
    [
        {"identitytoken": SECRET, **user(NOBODY, "")},
        {"identitytoken": SECRET},
        user(NOBODY),
        user("<token>"),
    ],
)
def test_azure_trades_an_identity_token(
    world: World, tmp_path: Path, entry: object
) -> None:
    login = Login(world, tmp_path, entry)
    realm = f"https://{HOST}/oauth2/token"
    server = login.serve(TokenServer("", realm, post=None))

    assert login.digest() == DIGEST
    assert server.asked == [("POST", SECRET, PULL)]


@pytest.mark.parametrize("status", [400, 401, 404, 405])
def test_where_oauth2_is_unknown_the_token_is_a_password(
    world: World, tmp_path: Path, status: int
) -> None:
    login = Login(world, tmp_path, user(NOBODY))
    server = login.serve(TokenServer(basic(NOBODY), post=status))

    assert login.digest() == DIGEST
    assert [method for method, *_ in server.asked] == ["POST", "GET"]


def test_another_failure_of_oauth2_is_the_end(world: World, tmp_path: Path) -> None:
    login = Login(world, tmp_path, {"identitytoken": SECRET})
    login.serve(TokenServer("", post=500))

    with pytest.raises(RegistryError, match="failed with status 500") as caught:
        login.digest()
    # The server sends back what it was sent.
    assert "grant_type" in str(caught.value)
    assert SECRET not in caught.value.explain()


@pytest.mark.parametrize(
    ("name", "realm"),
    [
        ("octocat", f"https://{HOST}/token"),  # GHCR
        ("robot$team+ci", f"https://{HOST}/service/token"),  # Harbor
        ("gitlab-ci-token", "https://gitlab.example/jwt/auth"),
        ("$oauthtoken", f"https://{HOST}/v2/auth"),  # Quay
        ("team+robot", f"https://{HOST}/v2/auth"),
    ],
)
def test_users_and_robots_get_tokens_by_password(
    world: World, tmp_path: Path, name: str, realm: str
) -> None:
    login = Login(world, tmp_path, user(name))
    header = (
        f'Bearer realm="{realm}",service="{HOST}",scope="repository:user/image:pull"'
    )
    server = login.serve(TokenServer(basic(name), realm, header))

    assert login.digest() == DIGEST
    assert server.asked == [("GET", basic(name), PULL)]


def test_a_registry_token_is_sent_as_it_is(world: World, tmp_path: Path) -> None:
    login = Login(world, tmp_path, {"registrytoken": SECRET})
    server = login.serve(TokenServer(f"Bearer {SECRET}"))

    assert login.digest() == DIGEST
    assert server.asked == []


def test_a_registry_token_that_is_refused_is_sent_once(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, {"registrytoken": SECRET})
    login.serve(TokenServer("Bearer another"))

    with pytest.raises(RegistryError, match="access is denied"):
        login.digest()
    assert world.sent_to(HOST, "Authorization") == [f"Bearer {SECRET}"]


def test_a_registry_token_is_no_password(world: World, tmp_path: Path) -> None:
    login = Login(world, tmp_path, {"registrytoken": SECRET})
    login.serve(TokenServer("", header='Basic realm="x"'))

    with pytest.raises(RegistryError, match="access is denied"):
        login.digest()
    assert world.sent_to(HOST, "Authorization") == []


@pytest.mark.parametrize(
    ("offered", "asked"),
    [
        ("", PULL),
        ("aws", PULL),
        ("repository:user/image:pull", PULL),
        ("repository:team/app:pull,push,delete", PULL),
        ("repository:team/app:*", PULL),
        ("repository:team/app:metadata_read", f"{PULL},metadata_read"),
        ("x repository:team/app:metadata_read,metadata_read", f"{PULL},metadata_read"),
        ("repository:team/apple:metadata_read", PULL),
    ],
)
def test_the_scope_of_a_challenge_counts_for_our_own_repository(
    offered: str, asked: str
) -> None:
    assert pull_scope("team/app", offered) == asked


def test_a_scope_that_is_asked_for_later_gets_another_token(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("alice"))
    server = login.serve(TokenServer(basic("alice")))
    login.digest("first")
    inner = world.hosts[HOST]
    wanted = f"{PULL},metadata_read"

    def stricter(request: httpx.Request) -> httpx.Response:
        scope = server.asked[-1][2]
        if "/manifests/" in request.url.path and scope != wanted:
            scope = "repository:team/app:metadata_read"
            value = f'Bearer realm="{server.realm}",service="{HOST}",scope="{scope}"'
            return httpx.Response(401, headers={"WWW-Authenticate": value})
        return inner(request)

    world.hosts[HOST] = stricter

    assert login.digest() == DIGEST
    assert [scope for *_, scope in server.asked][1:] == [PULL, wanted]


def test_expired_credentials_for_something_public_are_a_notice(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("alice", "expired-secret"))
    server = login.serve(TokenServer(basic("alice"), public=True))

    for repository in ("team/app", "a/b", "team/app"):
        assert login.digest(repository) == DIGEST

    assert [sent for _, sent, _ in server.asked] == [
        basic("alice", "expired-secret"),
        "",
        "",
    ]
    (notice,) = login.client.notices
    assert "refused the stored credentials (auths of $DOCKER_AUTH_CONFIG)" in notice
    assert "continued without them" in notice
    assert "expired-secret" not in notice


def test_github_denies_expired_credentials_for_something_public(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("alice", "expired-secret"))
    server = login.serve(TokenServer(basic("alice"), public=True, refusal=403))

    assert login.digest() == login.digest("a/b") == DIGEST

    # A denial may be for one repository alone: the credentials are sent for the next.
    expired = basic("alice", "expired-secret")
    assert [sent for _, sent, _ in server.asked] == [expired, "", expired, ""]
    assert len(login.client.notices) == 1
    assert "refused the stored credentials" in login.client.notices[0]


def test_a_denial_for_something_private_stays_what_it_is(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("alice", "expired-secret"))
    login.serve(TokenServer(basic("alice"), refusal=403))

    with pytest.raises(RegistryError, match="access is denied, or there is no such"):
        login.digest()
    assert login.client.notices == []


def test_an_anonymous_token_that_opens_nothing_is_an_error(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("alice", "expired-secret"))
    server = login.serve(TokenServer(basic("alice"), public=True, refusal=403))

    def closed(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization", "").startswith("Bearer"):
            return httpx.Response(403)
        return server(request)

    world.hosts[HOST] = closed

    with pytest.raises(RegistryError, match="refused the stored credentials"):
        login.digest()


def test_expired_credentials_for_something_private_are_an_error(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, user("alice", "expired-secret"))
    login.serve(TokenServer(basic("alice")))

    with pytest.raises(RegistryError, match="refused the stored credentials") as caught:
        login.digest()
    assert f"renew them with `docker login {HOST}`" in caught.value.explain()
    assert "expired-secret" not in caught.value.explain()
    assert login.client.notices == []


def test_a_helper_that_fails_is_the_error_of_its_registry_alone(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, {"credHelpers": {HOST: "gone"}})
    login.serve(TokenServer(""))

    with pytest.raises(RegistryError, match="`docker-credential-gone` is not on the"):
        login.digest()
    world.hosts["other.example"] = TokenServer(
        "", public=True, realm="https://auth.example/"
    )
    world.hosts["auth.example"] = world.hosts["other.example"]
    other = Reference.parse("other.example/team/app:1")
    assert login.client.digest(other) == DIGEST


def test_a_token_server_that_failed_is_not_asked_again(
    world: World, tmp_path: Path
) -> None:
    login = Login(world, tmp_path, {"identitytoken": SECRET})
    server = login.serve(TokenServer("", post=500))

    for _ in range(2):
        with pytest.raises(RegistryError, match="failed with status 500"):
            login.digest()
    # The four tries of one request, and none for the second image.
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [200, 404])
def test_a_ping_that_asks_for_nothing_ends_it(
    world: World, tmp_path: Path, status: int
) -> None:
    login = Login(world, tmp_path, user("alice"))
    header = {"WWW-Authenticate": f'Bearer realm="https://{HOST}/token"'}

    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/":
            return httpx.Response(status, headers=header)
        return httpx.Response(401)

    world.hosts[HOST] = serve

    for _ in range(2):
        with pytest.raises(RegistryError, match="access is denied"):
            login.digest()
    # The first question ends with HEAD: what `/v2/` says is no answer to it.
    assert not any(line.startswith("GET") for line in world.log[2:])
    assert world.log.count(f"GET https://{HOST}/v2/") == 1
    assert world.sent_to(HOST, "Authorization") == []
