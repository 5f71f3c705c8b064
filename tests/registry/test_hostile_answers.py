"""Whatever an answer contains, the image is right or has an error: never a traceback."""

from __future__ import annotations

import copy
import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.resolve import map_concurrently
from imagelock.demo.access import AuthScheme
from imagelock.demo.images import Content, TinyImage, make_image, make_manifest
from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import RegistryError
from imagelock.model.change import compare
from imagelock.model.image import Image
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.headers import parse_date, retry_after, retry_after_clause
from imagelock.registry.settings import ClientSettings
from tests.registry.conftest import ALICE, HUB, Time
from tests.support.keychain import GivenKeychain
from tests.support.memory import World, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.digest import Digest

AMD64 = Platform.parse("linux/amd64")
NGINX = Reference.parse("nginx:1.27")
GOOD = Reference.parse("quay.example/team/app:1")
UNFORESEEN = "its answer cannot be used"
"""What is said if only the last barrier stopped an error."""

HUGE = "9" * 5000
DATES = (
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
    "Mon, 32 Foo 2024 99:99:99 GMT",
    f"Mon, 01 Jan {HUGE} 00:00:00 GMT",
    f"Mon, 01 Jan 2024 00:00:00 -{HUGE}",
)
URLS = (
    "//[",
    "https://[::1",
    "https://999.0.0.1/",
    f"https://{'a' * 70}.example/",
    "https://xn--a.example/",
    "https://\N{ACCOUNT OF}.example/",
    "https://.example/",
    "https://a:99999999/",
    "https:cdn.example",
    "\x7f\x00",
    "?" * 70000,
)
VALUES = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e9",
        HUGE,
        "\N{ARABIC-INDIC DIGIT THREE}",
        "\udc80",
        "a\x00b",
    ),
    *DATES,
    *URLS,
    *(f'Bearer realm="{url}",service="s"' for url in URLS),
    *(f"<{url}>; rel=next" for url in (*URLS, "")),
    *("Bearer", "Bearer realm", 'Bearer realm="', "Basic", "Basic realm=x", ",,=,;"),
    *("<", ">", '<>; rel="next"; rel=prev; =; "', ";;;,<;>,="),
    *("100;w=99999999999", f"{HUGE};w=1", "76 ; w=", '299 - "', '299 - "\\"'),
    *("sha256:", f"sha256:{'0' * 64}", f"sha999:{'0' * 64}", "../../etc/passwd"),
    *("application/json", "text/plain; charset=\x00", "text/html", "a/b/c;;=;"),
    *("gzip", "identity, gzip", "a=b; Expires=Mon, 01 Jan 99999999999 00:00:00 GMT"),
)
HEADERS = (
    *("Retry-After", "WWW-Authenticate", "Docker-Content-Digest", "Content-Type"),
    *("Content-Length", "Content-Encoding", "Link", "Location", "Warning", "Date"),
    *("RateLimit-Limit", "RateLimit-Remaining", "Set-Cookie"),
)
STATUSES = (200, 201, 307, 401, 404, 429, 503, 999)

JSON = ("null", "true", "false", "0", "-1", "1e999", "0.5", "9" * 400, HUGE, '""',
        '"x"', '"\\ud800"', json.dumps("\x00\x1b[2J"), json.dumps("a" * 5000),
        "[]", "[[]]", "[null]", "{}", '{"a": {"b": []}}')  # fmt: skip


@pytest.fixture
def good() -> MemoryRegistry:
    registry = MemoryRegistry()
    registry.push_image("team/app", "1", [AMD64])
    return registry


def opened(world: World) -> RegistryClient:
    return RegistryClient(
        ClientSettings(),
        GivenKeychain({"docker.io": ALICE}),
        transport=world.transport,
        clock=Time().clock,
    )


def lock(client: RegistryClient, *keys: Reference) -> list[Image | RegistryError]:
    def resolve(key: Reference) -> Image:
        return client.image(key, client.digest(key), [AMD64])

    answers = map_concurrently(keys, resolve, registry_of=attrgetter("registry"))
    return list(answers.values())


def right_or_refused(answer: object, expected: Digest | None) -> None:
    """Check *answer*; nothing that is wrong may be left to the last barrier."""
    if isinstance(answer, RegistryError):
        assert UNFORESEEN not in answer.explain()
        assert "\x1b" not in answer.explain()
    else:
        assert isinstance(answer, Image)
        assert expected is None or answer.digest == expected


def listed(client: RegistryClient) -> None:
    try:
        tags = client.tags(NGINX)
    except RegistryError as error:
        right_or_refused(error, None)
    else:
        assert all(isinstance(tag, str) for tag in tags)


def statuses_and_values(turn: int) -> Iterator[tuple[int, str]]:
    """Yield each value with two of the statuses, which are others at each *turn*."""
    for number, value in enumerate(VALUES):
        for status in (200, STATUSES[(number + turn) % len(STATUSES)]):
            yield status, value


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_ends_the_run(world: World, good: MemoryRegistry, name: str) -> None:
    hub = MemoryRegistry()
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    world.add("quay.example", good)
    for status, value in statuses_and_values(HEADERS.index(name)):

        def change(
            _: httpx.Request,
            response: httpx.Response,
            status: int = status,
            value: str = value,
        ) -> None:
            response.status_code = status
            others = [
                (key, text)
                for key, text in response.headers.raw
                if key != name.encode()
            ]
            header = name.encode(), value.encode("utf-8", "surrogateescape")
            response.headers = httpx.Headers([*others, header])

        world.add(HUB, hub)
        world.alter(HUB, change)
        with opened(world) as client:
            answer, other = lock(client, NGINX, GOOD)
            listed(client)
            diagnoses = client.diagnose("docker.io", lambda: 0.0)
        right_or_refused(answer, digest if status == 200 else None)
        assert isinstance(other, Image)
        assert not any(UNFORESEEN in f"{found.error}" for found in diagnoses)


@given(st.text() | st.sampled_from([*VALUES]) | st.from_regex(r"\w+, \d+ \w+ \d+ .*"))
def test_a_date_is_a_number_or_none(value: str) -> None:
    response = httpx.Response(
        503, headers=[(b"Retry-After", value.encode("utf-8", "replace"))]
    )

    assert parse_date(value) is None or isinstance(parse_date(value), float)
    assert (retry_after(response, 0.0) is None) == (
        retry_after_clause(response, "wait") == ""
    )


def mutations(document: Any) -> Iterator[bytes]:  # noqa: ANN401 - any JSON
    """Yield *document* as JSON, with each node of it replaced by each of `JSON`."""
    marker = "\N{SNOWMAN} here"
    for path in paths(document):
        changed = copy.deepcopy(document)
        if path:
            parent = changed
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = marker
        else:
            changed = marker
        for value in JSON:
            yield json.dumps(changed).replace(json.dumps(marker), value).encode()


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    yield path
    if isinstance(node, dict):
        for key, child in node.items():
            yield from paths(child, (*path, key))
    if isinstance(node, list):
        for number, child in enumerate(node):
            yield from paths(child, (*path, number))


def index(body: bytes, original: TinyImage) -> TinyImage:
    top = Content(original.top.media_type, body)
    return TinyImage(blobs=original.blobs, children=original.children, top=top)


def config(body: bytes, original: TinyImage) -> TinyImage:
    blob, *blobs = original.blobs
    changed = Content(blob.media_type, body)
    manifest = json.loads(original.top.body)
    manifest["config"] = changed.descriptor(mediaType=manifest["config"]["mediaType"])
    top = Content(original.top.media_type, json.dumps(manifest).encode())
    return TinyImage(blobs=(changed, *blobs), top=top)


STATED = {
    "org.opencontainers.image.version": "1",
    "org.opencontainers.image.source": "https://git.example/app",
}
INDEX = make_image([AMD64], annotations=STATED, attested=True)
SINGLE = make_manifest(AMD64, annotations=STATED)
CONFIG = {
    **json.loads(SINGLE.blobs[0].body),
    "created": "2024-01-01T00:00:00Z",
    "config": {
        "Labels": STATED,
        "Entrypoint": ["/app"],
        "Cmd": ["serve"],
        "Env": ["A=1"],
        "User": "1",
        "ExposedPorts": {"80/tcp": {}},
    },
}


@pytest.mark.parametrize(
    ("document", "build", "original"),
    [
        (json.loads(INDEX.top.body), index, INDEX),
        (json.loads(SINGLE.top.body), index, SINGLE),
        (CONFIG, config, SINGLE),
    ],
    ids=["index", "manifest", "config"],
)
def test_no_document_ends_the_run(
    world: World,
    good: MemoryRegistry,
    document: object,
    build: Callable[[bytes, TinyImage], TinyImage],
    original: TinyImage,
) -> None:
    world.add("quay.example", good)
    old = MemoryRegistry()
    before = old.push("library/nginx", "1.27", make_image([AMD64], salts="old"))
    for body in mutations(document):
        hub = MemoryRegistry()
        hub.push("library/nginx", "1.27", make_image([AMD64], salts="old"))
        digest = hub.push("library/nginx", "1.27", build(body, original))
        world.add(HUB, hub)
        with opened(world) as client:
            answer, other = lock(client, NGINX, GOOD)
            right_or_refused(answer, digest)
            assert isinstance(other, Image)
            if isinstance(answer, Image):
                locked = client.image(NGINX, before, [AMD64])
                changed = compare(locked, answer)
                details = client.details(changed, requests=4) if changed else None
                assert details is None or UNFORESEEN not in f"{details.missing_reason}"


@pytest.mark.parametrize("name", ["tags", "token", "error"])
def test_no_other_answer_ends_the_run(
    world: World, good: MemoryRegistry, name: str
) -> None:
    world.add("quay.example", good)
    hub = MemoryRegistry(
        authentication=AuthScheme.TOKEN, users={ALICE.username: ALICE.secret}
    )
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    document, path, status = {
        "tags": ({"name": "x", "tags": ["1", "2"]}, "/tags/list", 200),
        "token": ({"token": "a", "access_token": "b", "expires_in": 60}, "/token", 200),
        "error": (
            {"errors": [{"code": "DENIED", "message": "no", "detail": {}}]},
            "/manifests/",
            400,
        ),
    }[name]
    inner = serving(hub)
    for body in mutations(document):

        def handler(request: httpx.Request, body: bytes = body) -> httpx.Response:
            if path in request.url.path:
                kind = {"Content-Type": "application/json"}
                return httpx.Response(status, headers=kind, content=body)
            return inner(request)

        world.hosts[HUB] = handler
        with opened(world) as client:
            answer, other = lock(client, NGINX, GOOD)
            listed(client)
        right_or_refused(answer, digest)
        assert isinstance(other, Image)
        assert name != "error" or isinstance(answer, RegistryError)


def test_an_error_that_nobody_foresaw_is_that_of_one_image(
    world: World, good: MemoryRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(_: object) -> None:
        message = "a text that may quote a secret"
        raise ZeroDivisionError(message)

    hub = MemoryRegistry()
    hub.push_manifest("library/nginx", "1.27", AMD64)
    world.add(HUB, hub)
    world.add("quay.example", good)
    monkeypatch.setattr("imagelock.registry.manifest._config", mistaken)
    lines: list[str] = []
    client = RegistryClient(
        ClientSettings(),
        GivenKeychain({}),
        transport=world.transport,
        clock=Time().clock,
        log=lines.append,
    )

    with client:
        answer, other = lock(client, NGINX, GOOD)

    assert isinstance(other, Image)
    assert isinstance(answer, RegistryError)
    text = f"from `docker.io`: {UNFORESEEN} (ZeroDivisionError)"
    assert text in answer.explain()
    assert "report it" in (answer.hint or "")
    assert any("ZeroDivisionError in test_hostile_answers.py, line" in x for x in lines)
    assert "secret" not in f"{answer.explain()}{lines}"


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, SystemExit])
def test_what_no_answer_causes_ends_the_run(
    world: World,
    good: MemoryRegistry,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    def ended(*_: object) -> None:
        raise error

    world.add("quay.example", good)
    monkeypatch.setattr("imagelock.registry.manifest._check", ended)

    with opened(world) as client, pytest.raises(error):
        lock(client, GOOD)
