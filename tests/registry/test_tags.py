"""`RegistryClient.tags`: every kind of paging, and never on another server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry import tags as paging
from tests.registry.conftest import ALICE, HUB

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.client import RegistryClient
    from tests.registry.conftest import Connect
    from tests.support.memory import World

NGINX = Reference.parse("nginx:1.27")
AMD64 = Platform.parse("linux/amd64")
LIST = f"https://{HUB}/v2/library/nginx/tags/list"
MANY = [f"1.{number:04}" for number in range(25)]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 10)


def listing(
    links: Callable[[httpx.Request, int], str | None],
) -> Callable[[httpx.Request], httpx.Response]:
    """Return a server of `MANY` that sends the Link that *links* gives it.

    It gets the request and where the next page begins.
    """

    def handler(request: httpx.Request) -> httpx.Response:
        last = request.url.params.get("last") or request.url.params.get("next_page")
        start = MANY.index(last) + 1 if last else 0
        page = MANY[start : start + int(request.url.params.get("n", 10))]
        link = links(request, start + len(page))
        headers = {"Link": link} if link and start + len(page) < len(MANY) else {}
        body = json.dumps({"name": "library/nginx", "tags": page})
        return httpx.Response(200, headers=headers, text=body)

    return handler


def absolute(request: httpx.Request, end: int) -> str:
    return f'<{request.url.copy_with(params={"n": "10", "last": MANY[end - 1]})}>; rel="next"'


def relative(request: httpx.Request, end: int) -> str:
    return f'</v2/library/nginx/tags/list?n=10&last={MANY[end - 1]}>; rel="next"'


def query_alone(request: httpx.Request, end: int) -> str:
    return f"<?n=10&last={MANY[end - 1]}>; rel=next"


def opaque(request: httpx.Request, end: int) -> str:
    path = f"/v2/library/nginx/tags/list?n=10&next_page={MANY[end - 1]}"
    return f'<{path}>; rel="next"'


def none(request: httpx.Request, end: int) -> None:
    return None


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("links", [absolute, relative, query_alone, opaque, none])
def test_every_page_is_read(
    world: World,
    client: RegistryClient,
    links: Callable[[httpx.Request, int], str | None],
) -> None:
    world.hosts[HUB] = listing(links)

    assert client.tags(NGINX) == MANY
    assert world.log == [f"GET {LIST}"] * 3


def test_a_short_list_costs_one_request(world: World, client: RegistryClient) -> None:
    world.answer(HUB, json={"tags": ["2", "1"]})

    assert client.tags(NGINX) == ["2", "1"]
    assert [str(r.url) for r in world.requests] == [f"{LIST}?n=1000"]


@pytest.mark.usefixtures("small_pages")
def test_a_server_that_ignores_the_query_is_asked_once_more_at_most(
    world: World, client: RegistryClient
) -> None:
    world.answer(HUB, json={"tags": MANY[:10]})

    assert client.tags(NGINX) == MANY[:10]
    assert len(world.log) == 2


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"name": "library/nginx", "tags": None}, []),
        ({"name": "library/nginx", "tags": []}, []),
        ({"name": "library/nginx"}, []),
        ({"tags": ["1", None, 3, "sha256:" + "0" * 64, "-x", "a" * 129, "1"]}, ["1"]),
        ({"tags": ["1\n", "\x1b[31m", "é"]}, []),
    ],
)
def test_what_is_no_tag_is_left_out(
    world: World, client: RegistryClient, document: object, expected: list[str]
) -> None:
    world.answer(HUB, json=document)

    assert client.tags(NGINX) == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "is not JSON"),
        (b'{"tags": ["1"], "tags": []}', "is not JSON"),
        (b'{"tags": "1"}', "is not a list"),
        (b'"1"', "is not a list"),
        (
            b'{"errors": [{"code": "DENIED", "message": "no\\u001b[2J"}]}',
            r"an error in place of its list of tags \(DENIED: no",
        ),
        (b'{"errors": [{}], "tags": ["1"]}', "an error in place of its list"),
    ],
)
def test_an_answer_that_is_no_list_is_an_error(
    world: World, client: RegistryClient, body: bytes, words: str
) -> None:
    world.answer(HUB, content=body)

    with pytest.raises(RegistryError, match=words):
        client.tags(NGINX)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v2/library/nginx/tags/list?last=1",
        "//evil.example/v2/library/nginx/tags/list?last=1",
        f"https://{HUB}:444/v2/library/nginx/tags/list?last=1",
        f"https://evil@{HUB}/v2/library/nginx/tags/list?last=1",
    ],
)
def test_a_link_to_another_server_is_not_followed(
    world: World, connect: Connect, link: str
) -> None:
    world.answer(HUB, json={"tags": ["1"]}, headers={"Link": f'<{link}>; rel="next"'})
    world.answer("evil.example", json={"tags": ["2"]})

    with pytest.raises(RegistryError, match="continues on another server"):
        connect(credentials={"docker.io": ALICE}).tags(NGINX)
    assert world.log == [f"GET {LIST}"]


@pytest.mark.parametrize("link", ["//[:]/x", "//a].example", "https://[/"])
def test_a_link_that_leads_nowhere_is_an_error(
    world: World, client: RegistryClient, link: str
) -> None:
    world.answer(HUB, json={"tags": ["1"]}, headers={"Link": f'<{link}>; rel="next"'})

    with pytest.raises(RegistryError):
        client.tags(NGINX)


def test_only_the_query_of_a_link_counts(world: World, client: RegistryClient) -> None:
    pages = {"": ["1"], "1": ["2"]}

    def handler(request: httpx.Request) -> httpx.Response:
        last = request.url.params.get("last", "")
        link = (
            {} if last else {"Link": '</v2/other/secret/tags/list?last=1>; rel="next"'}
        )
        return httpx.Response(200, headers=link, json={"tags": pages[last]})

    world.hosts[HUB] = handler

    assert client.tags(NGINX) == ["1", "2"]
    assert world.log == [f"GET {LIST}"] * 2


@pytest.mark.parametrize(
    "pages",
    [
        [["1"], [], ["2"]],
        [["1"], None, None, ["2"]],
        [["1"], ["sha256:" + "0" * 64, ""], ["1"], ["2"]],
        [[], [], [], [], ["1", "2"]],
    ],
)
def test_a_page_without_tags_is_not_the_last(
    world: World, client: RegistryClient, pages: list[list[str] | None]
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("next_page", "0"))
        link = {"Link": f'<?next_page={number + 1}>; rel="next"'}
        is_last = number + 1 == len(pages)
        answer = {"tags": pages[number]}
        return httpx.Response(200, headers={} if is_last else link, json=answer)

    world.hosts[HUB] = handler

    assert client.tags(NGINX) == ["1", "2"]


def test_a_server_that_sends_the_same_page_for_ever_is_left(
    world: World, client: RegistryClient
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("next_page", "0"))
        link = {"Link": f'<?next_page={number + 1}>; rel="next"'}
        return httpx.Response(200, headers=link, json={"tags": ["1"]})

    world.hosts[HUB] = handler

    assert client.tags(NGINX) == ["1"]
    assert len(world.log) == 6


@pytest.mark.parametrize(
    "parameters",
    ['REL="NEXT"', "Rel=next", 'rel="next last"', 'title="a, b"; rel=next'],
)
def test_the_forms_of_a_link(
    world: World, client: RegistryClient, parameters: str
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if "last" in request.url.params:
            return httpx.Response(200, json={"tags": ["2"]})
        links = f'<?n=1>; rel="first", <?last=1>; {parameters}'
        return httpx.Response(200, headers={"Link": links}, json={"tags": ["1"]})

    world.hosts[HUB] = handler

    assert client.tags(NGINX) == ["1", "2"]


def test_a_list_without_end_is_an_error(world: World, client: RegistryClient) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("last", "0")) + 1
        link = {"Link": f'<?last={number}>; rel="next"'}
        return httpx.Response(200, headers=link, json={"tags": [str(number)]})

    world.hosts[HUB] = handler

    with pytest.raises(RegistryError, match="more than 500 tags, without an end"):
        client.tags(NGINX)


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_refusal_is_not_an_empty_list(
    world: World, client: RegistryClient, status: int
) -> None:
    world.answer(HUB, status)

    with pytest.raises(RegistryError) as caught:
        client.tags(NGINX)
    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.usefixtures("small_pages")
def test_the_registry_in_memory_pages(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    for tag in MANY:
        hub.push_image("library/nginx", tag, [AMD64])

    assert client.tags(NGINX) == MANY
    with pytest.raises(NotFoundError, match=r"docker.io/library/redis:7"):
        client.tags(Reference.parse("redis:7"))


@pytest.mark.usefixtures("small_pages")
def test_a_token_is_fetched_once_for_all_pages(world: World, connect: Connect) -> None:
    users = {ALICE.username: ALICE.secret}
    private = MemoryRegistry(authentication=AuthScheme.TOKEN, users=users)
    world.add("private.example", private)
    for tag in MANY:
        private.push_image("team/app", tag, [AMD64])
    client = connect(credentials={"private.example": ALICE})

    assert client.tags(Reference.parse("private.example/team/app:1")) == MANY
    tokens = [r for r in world.requests if r.url.path == "/token"]
    assert [r.url.params["scope"] for r in tokens] == ["repository:team/app:pull"]
