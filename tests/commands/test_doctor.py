"""`imagelock doctor`: over real connections, and with odd answers."""

from __future__ import annotations

import base64
import json
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from imagelock.commands.doctor import diagnose
from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.registry_status import Access, Diagnosis, Quota
from imagelock.registry.auth.credentials.model import (
    BearerToken,
    Credential,
    IdentityToken,
    Secret,
)
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from imagelock.report.doctor import format_diagnoses
from imagelock.report.style import Style
from tests.registry.conftest import Time
from tests.support.changed_answers import ChangedAnswers
from tests.support.keychain import GivenKeychain
from tests.support.memory import World
from tests.support.pages import outputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.demo.answers import Answer
    from tests.conftest import Run
    from tests.support.changed_answers import Exchange

HOST = "registry.example.com"
NOW = 1_800_000_000.0
PASSWORD = "s3cret:word"
KEYS = {
    *("registry", "endpoint", "mirror", "tls", "credential", "reachable"),
    *("tags", "content", "access", "error", "hint", "clock_skew", "limit"),
}


def diagnosed(
    world: World,
    hosts: Mapping[str, HostSettings] | None = None,
    credentials: Mapping[str, Secret] | None = None,
    name: str = HOST,
) -> list[Diagnosis]:
    keychain = GivenKeychain(credentials or {})
    settings = ClientSettings(hosts=hosts or {})
    with RegistryClient(
        settings, keychain, transport=world.transport, clock=Time().clock
    ) as registry:
        return diagnose([name], registry, lambda: NOW, lambda: None)


def diagnosis_of(world: World) -> Diagnosis:
    (found,) = diagnosed(world)
    return found


def answering(status: int = 200, **response: object) -> World:
    world = World()
    world.answer(HOST, status, **response)
    return world


def use(project: Path, *hosts: str) -> None:
    services = "".join(
        f"  s{number}:\n    image: {host}/team/app:1\n"
        for number, host in enumerate(hosts)
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")


def log_in(host: str, password: str) -> None:
    folder = Path.home() / ".docker"
    folder.mkdir()
    auth = base64.b64encode(f"alice:{password}".encode()).decode()
    auths = {"auths": {host: {"auth": auth}}}
    (folder / "config.json").write_text(json.dumps(auths))


def as_json(run: Run) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(run("doctor", "--format", "json").out)


def test_registries_that_answer_are_shown_aligned(
    project: Path, imagelock: Run
) -> None:
    with serve(MemoryRegistry(authentication=AuthScheme.TOKEN)) as url:
        host = url.removeprefix("http://")
        use(project, host, host)

        result = imagelock("doctor")

    assert result.exit_code == 0
    assert result.out == (
        f"{host}\n"
        f"  endpoint    {url}\n"
        "  TLS         no, plain http\n"
        "  credential  none\n"
        "  reachable   yes, asks for a token\n"
        "  clock       in sync\n"
    )


def test_the_guide_shows_a_refused_login(project: Path, imagelock: Run) -> None:
    refusing = MemoryRegistry(
        authentication=AuthScheme.BASIC, users={"alice": PASSWORD}
    )
    open_to_all = MemoryRegistry(authentication=AuthScheme.TOKEN)
    with serve(refusing) as first, serve(open_to_all) as second:
        hosts = [url.removeprefix("http://") for url in (first, second)]
        use(project, *hosts)
        log_in(hosts[0], "wr0ng")
        result = imagelock("doctor")

    printed = result.out.replace(str(Path.home()), "~")
    for host, shown_host in zip(
        hosts, ("127.0.0.1:5001", "127.0.0.1:5002"), strict=True
    ):
        printed = printed.replace(host, shown_host)
    parts = sorted(printed.strip().split("\n\n"))  # the hosts are sorted by their ports
    shown = outputs("docs/guides/registries.md")["imagelock doctor"]
    assert result.exit_code == 3
    assert parts == shown.strip().split("\n\n")


def test_json_has_every_documented_key(project: Path, imagelock: Run) -> None:
    with serve(MemoryRegistry()) as url:
        use(project, url.removeprefix("http://"))
        answer = as_json(imagelock)

    assert answer["version"] == 1
    (registry,) = answer["registries"]
    assert set(registry) == KEYS
    assert registry["endpoint"] == url
    assert registry["access"] == "open"
    assert registry["reachable"]
    assert registry["limit"] is None
    page = Path(__file__).parents[2] / "docs" / "reference" / "json.md"
    section = page.read_text().split("## `imagelock doctor")[1]
    assert all(f"`{key}`" in section for key in KEYS)


def test_a_dead_registry_exits_with_3_and_the_others_are_shown(
    project: Path, imagelock: Run
) -> None:
    with serve(MemoryRegistry()) as gone:
        dead = gone.removeprefix("http://")
    with serve(MemoryRegistry()) as url:
        alive = url.removeprefix("http://")
        use(project, dead, alive)
        result = imagelock("doctor")
        answer = as_json(imagelock)

    assert result.exit_code == 3
    assert "no: the connection was refused" in result.out
    reachable = {r["registry"]: r["reachable"] for r in answer["registries"]}
    assert reachable == {dead: False, alive: True}


def test_a_project_without_images_asks_nobody(project: Path, imagelock: Run) -> None:
    result = imagelock("doctor")

    assert project.exists()
    assert result.exit_code == 0
    assert "there is no registry to check" in result.out


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
@pytest.mark.parametrize(("password", "code"), [(PASSWORD, 0), ("wr0ng", 3)])
def test_a_password_is_tried_and_never_shown(
    project: Path, imagelock: Run, scheme: AuthScheme, password: str, code: int
) -> None:
    users = {"alice": PASSWORD}
    words = {
        AuthScheme.BASIC: "stored credentials did not help",
        AuthScheme.TOKEN: "refused the stored credentials",
    }[scheme]
    with serve(MemoryRegistry(authentication=scheme, users=users)) as url:
        host = url.removeprefix("http://")
        use(project, host)
        log_in(host, password)
        result = imagelock("doctor")
        answer = as_json(imagelock)

    assert result.exit_code == code
    assert "credential  auths of " in result.out
    assert answer["registries"][0]["reachable"] == (code == 0)
    assert (words in result.out) == (code == 3)
    assert (f"`docker login {host}`" in result.out) == (code == 3)
    assert result.out.count("reachable ") == 1
    for secret in (password, base64.b64encode(f"alice:{password}".encode()).decode()):
        assert secret not in f"{result}{answer}"


def test_a_registry_that_wants_a_password_which_we_lack_is_reachable() -> None:
    world = answering(401, headers={"WWW-Authenticate": 'Basic realm="r"'})

    assert diagnosis_of(world).access is Access.BASIC
    assert diagnosis_of(world).reachable
    assert diagnosis_of(world).credential is None


def test_a_mirror_is_asked_too_with_its_own_credentials() -> None:
    world = answering(json={})
    world.answer("mirror.example.com", 503)
    hosts = {HOST: HostSettings(mirror="https://mirror.example.com/hub")}

    mirror, origin = diagnosed(world, hosts, {HOST: Credential("alice", PASSWORD)})

    assert (mirror.endpoint, mirror.mirror) == ("https://mirror.example.com/hub", True)
    assert (mirror.credential, mirror.reachable) == (None, False)
    assert (origin.endpoint, origin.mirror) == (f"https://{HOST}", False)
    assert (bool(origin.credential), origin.reachable) == (True, True)
    assert "  mirror      https://mirror.example.com/hub\n" in format_diagnoses(
        [mirror], style=Style()
    )


def test_a_mirror_that_stands_for_the_registry_is_asked_alone() -> None:
    world = World()
    world.answer("mirror.example.com", json={})
    mirror = HostSettings(mirror="mirror.example.com", resolve_from_mirror=True)

    (found,) = diagnosed(world, {HOST: mirror})

    assert found.mirror
    assert found.reachable


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(125, "125 s ahead of"), (-90, "90 s behind"), (60, "in sync"), (-60, "in sync")],
)
def test_clocks_that_differ_are_told_apart(seconds: int, words: str) -> None:
    date = formatdate(NOW + seconds, usegmt=True)
    found = diagnosis_of(answering(json={}, headers={"Date": date}))

    assert found.clock_skew == seconds
    assert words in format_diagnoses([found], style=Style())


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Foo 0000 00:00:00 GMT"])
def test_a_date_that_is_none_is_no_skew(date: str) -> None:
    found = diagnosis_of(answering(json={}, headers={"Date": date}))

    assert found.clock_skew is None
    assert "clock" not in format_diagnoses([found], style=Style())


@pytest.mark.parametrize(
    ("headers", "quota", "words"),
    [
        (("100;w=21600", "76;w=21600"), (100, 76, 21600), "100 requests per 6 h, 76 left"),
        (("100;w=90", "7"), (100, 7, 90), "100 requests per 90 s, 7 left"),
        (("100", "lots"), (100, None, None), "100 requests\n"),
        (("", "7;w=60"), (None, 7, 60), "7 requests left per 60 s"),
    ],
)  # fmt: skip
def test_limits_are_shown_where_the_answer_has_them(
    headers: tuple[str, str],
    quota: tuple[int | None, int | None, int | None],
    words: str,
) -> None:
    limit, remaining = headers
    named = {"RateLimit-Limit": limit, "RateLimit-Remaining": remaining}
    found = diagnosis_of(answering(json={}, headers=named))

    expected = Quota(limit=quota[0], remaining=quota[1], window=quota[2])
    assert found.quota == expected
    assert words in format_diagnoses([found], style=Style())


def test_a_limit_that_is_no_number_is_none() -> None:
    assert diagnosis_of(answering(headers={"RateLimit-Limit": "many"})).quota is None


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (answering(html="<p>Log in</p>"), "it sent a web page"),
        (answering(404), "it has no `/v2/`"),
        (answering(401), "access is denied"),
        (answering(418, text="short\x1b[31m and stout"), r"short\x1b[31m and stout"),
        (answering(429, headers={"Retry-After": "60"}), "asks to wait 60 seconds"),
        (answering(302, headers={"Location": "/v2/"}), "redirects more than"),
        (answering(401, headers={"WWW-Authenticate": "Basic =,"}), "not valid HTTP"),
        (answering(401, headers={"WWW-Authenticate": "Negotiate"}), "access is denied"),
        (World(), "its host name cannot be resolved"),
    ],
)
def test_what_is_no_registry_is_not_reachable(world: World, words: str) -> None:
    found = diagnosis_of(world)

    assert not found.reachable
    assert words in (found.error or "")
    assert "\x1b" not in format_diagnoses([found], style=Style())


def test_a_name_that_is_no_address_is_not_reachable() -> None:
    (found,) = diagnosed(World(), name="999.0.0.1")

    assert found.endpoint is None
    assert found.error == "`999.0.0.1` is not a valid address"
    assert "reachable   no" in format_diagnoses([found], style=Style())


class Hub(ChangedAnswers):
    """Docker Hub, which sends its limit with manifests."""

    def change(self, exchange: Exchange) -> Answer:
        target, _, answer = exchange
        if "/manifests/" in target:
            answer.headers["RateLimit-Limit"] = "100;w=21600"
            answer.headers["RateLimit-Remaining"] = "76;w=21600"
        return answer


def test_docker_hub_is_asked_for_its_limit() -> None:
    world, hub = World(), Hub(authentication=AuthScheme.TOKEN)
    hub.push_image("ratelimitpreview/test", "latest", [])
    world.add("registry-1.docker.io", hub)
    world.add("mirror.example.com", hub)
    mirror = {"docker.io": HostSettings(mirror="mirror.example.com")}

    at_the_mirror, found = diagnosed(world, mirror, name="docker.io")

    assert found.quota == Quota(limit=100, remaining=76, window=21600)
    assert found.reachable
    assert at_the_mirror.quota is None
    asked = [line for line in world.log if "manifests" in line]
    assert {line.partition(" ")[0] for line in asked} == {"HEAD"}
    assert {line.partition("/v2/")[2] for line in asked} == {
        "ratelimitpreview/test/manifests/latest"
    }


def test_other_registries_are_not_asked_for_a_limit() -> None:
    world = World()
    world.add(HOST, Hub())

    assert diagnosis_of(world).quota is None
    assert world.log == [f"GET https://{HOST}/v2/"]


@pytest.mark.parametrize(
    ("secret", "requests"),
    [
        (Credential("alice", PASSWORD), ["GET"]),
        (Credential("alice", "wr0ng"), ["GET"]),
        (IdentityToken("s3cret"), ["POST", "GET"]),
        (BearerToken("s3cret"), []),
    ],
)
def test_what_is_stored_is_shown_to_the_token_server(
    secret: Secret, requests: list[str]
) -> None:
    world = World()
    users = {"alice": PASSWORD}
    world.add(HOST, MemoryRegistry(authentication=AuthScheme.TOKEN, users=users))
    inner = world.hosts[HOST]

    def handler(request: httpx.Request) -> httpx.Response:
        # A server that knows no OAuth2.
        return httpx.Response(404) if request.method == "POST" else inner(request)

    world.hosts[HOST] = handler

    (found,) = diagnosed(world, credentials={HOST: secret})

    asked = [r for r in world.requests if r.url.path == "/token"]
    assert [request.method for request in asked] == requests
    assert all("scope" not in request.url.params for request in asked)
    right = secret in (Credential("alice", PASSWORD), BearerToken("s3cret"))
    assert found.reachable == right
    assert (found.access is Access.TOKEN) == right


def test_nothing_stored_is_shown_to_whom_another_server_names() -> None:
    world = World()
    there = {"Location": "https://elsewhere.example/v2/"}
    world.answer(HOST, 307, headers=there)
    challenge = {"WWW-Authenticate": 'Bearer realm="https://evil.example/token"'}
    world.answer("elsewhere.example", 401, headers=challenge)
    world.answer("evil.example", json={"token": "x"})

    (found,) = diagnosed(world, credentials={HOST: Credential("alice", PASSWORD)})

    assert found.reachable
    assert world.sent_to("evil.example", "User-Agent") == []


def test_a_token_server_that_cannot_be_reached_is_told() -> None:
    world = World()
    challenge = {"WWW-Authenticate": 'Bearer realm="https://gone.example/token"'}
    world.answer(HOST, 401, headers=challenge)

    (found,) = diagnosed(world, credentials={HOST: Credential("alice", PASSWORD)})

    assert found.error == "its host name cannot be resolved"


def test_the_api_is_asked_once_a_server() -> None:
    world = answering(json={})

    diagnosis_of(world)

    assert world.log == [f"GET https://{HOST}/v2/"]
    assert httpx.URL(world.requests[0].url).path == "/v2/"
