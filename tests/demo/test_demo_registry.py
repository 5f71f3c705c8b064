"""The in-memory registry, over real connections."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.access import AuthScheme
from imagelock.demo.images import make_image
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.digest import Digest
from imagelock.model.image import DOCKER_LIST, OCI_INDEX
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.model import Credential
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.support.keychain import GivenKeychain
from tests.support.pushing import push

if TYPE_CHECKING:
    from collections.abc import Iterator

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
JSON = {"accept": OCI_INDEX}


@pytest.fixture
def registry() -> MemoryRegistry:
    return MemoryRegistry()


@pytest.fixture
def url(registry: MemoryRegistry) -> Iterator[str]:
    with serve(registry) as url:
        yield url


def test_an_image_is_the_same_bytes_everywhere() -> None:
    """The demo prints digests, and tests compare them."""
    digest = make_image([AMD64, ARM64], salts="a").top.digest

    assert digest == make_image([AMD64, ARM64], salts="a").top.digest
    assert digest != make_image([AMD64, ARM64], salts="b").top.digest
    assert digest.short == "74f2fccd8823"


def test_one_salt_changes_one_platform() -> None:
    before = make_image([AMD64, ARM64])
    after = make_image([AMD64, ARM64], salts={AMD64: "other"})

    assert before.children[0] != after.children[0]
    assert before.children[1] == after.children[1]


def test_annotations_change_the_index_alone() -> None:
    before = make_image([AMD64, ARM64])
    after = make_image([AMD64, ARM64], annotations={"a": "b"})

    assert before.top != after.top
    assert before.children == after.children


def test_what_is_pushed_over_http_is_pulled(registry: MemoryRegistry, url: str) -> None:
    image = make_image([AMD64, ARM64], docker=True, attested=True)
    push(url, "team/app", "1", image)
    reference = Reference.parse(f"{url.removeprefix('http://')}/team/app:1")

    with RegistryClient(ClientSettings(), GivenKeychain({})) as client:
        digest = client.digest(reference)
        locked = client.image(reference, digest, [AMD64])

    assert digest == image.top.digest
    assert locked.media_type == DOCKER_LIST
    assert [m.platform for m in locked.platforms] == [AMD64]


def test_many_clients_are_served_at_a_time(registry: MemoryRegistry, url: str) -> None:
    digest = registry.push_image("team/app", "1", [AMD64])
    reference = Reference.parse(f"{url.removeprefix('http://')}/team/app:1")

    with (
        RegistryClient(ClientSettings(), GivenKeychain({})) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        digests = set(pool.map(client.digest, [reference] * 200))

    assert digests == {digest}
    assert registry.log == ["HEAD /v2/team/app/manifests/1"] * 200


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
def test_users_are_known_over_http(scheme: AuthScheme) -> None:
    registry = MemoryRegistry(authentication=scheme, users={"alice": "secret"})
    digest = registry.push_image("team/app", "1", [AMD64])

    with serve(registry) as url:
        host = url.removeprefix("http://")
        keychain = GivenKeychain({host: Credential("alice", "secret")})
        with RegistryClient(ClientSettings(), keychain) as client:
            assert client.digest(Reference.parse(f"{host}/team/app:1")) == digest


def test_a_connection_is_kept(registry: MemoryRegistry, url: str) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    connection.connect()
    first = connection.sock

    for method in ("GET", "HEAD", "GET"):
        connection.request(method, "/v2/")
        assert connection.getresponse().read() == (b"" if method == "HEAD" else b"{}")

    assert connection.sock is first
    connection.close()


def test_an_upload_may_come_in_chunks(registry: MemoryRegistry, url: str) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    connection.request("POST", "/v2/a/b/blobs/uploads/")
    response = connection.getresponse()
    response.read()
    place = response.headers["Location"]
    connection.request("PATCH", place, iter([b"abc", b"def"]), encode_chunked=True)
    response = connection.getresponse()
    response.read()
    digest = Digest.of(b"abcdef")
    connection.request("PUT", f"{place}?digest={digest}")
    connection.getresponse().read()
    connection.request("GET", f"/v2/a/b/blobs/{digest}")

    assert response.headers["Range"] == "0-5"
    assert connection.getresponse().read() == b"abcdef"
    connection.close()


def test_tags_come_in_pages(registry: MemoryRegistry) -> None:
    for tag in ("3", "1", "2"):
        registry.push_image("team/app", tag, [AMD64])

    whole = registry.handle("GET", "/v2/team/app/tags/list", {})
    page = registry.handle("GET", "/v2/team/app/tags/list?n=2", {})
    last_page = registry.handle("GET", page.headers["Link"][1:].partition(">")[0], {})

    assert json.loads(whole.body)["tags"] == ["1", "2", "3"]
    assert json.loads(page.body)["tags"] == ["1", "2"]
    assert json.loads(last_page.body)["tags"] == ["3"]
    assert "Link" not in last_page.headers


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/v2/team/app/manifests/2", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/other/manifests/1", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/team/app/blobs/sha256:0", 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/other/tags/list", 404, "NAME_UNKNOWN"),
        ("DELETE", "/v2/team/app/manifests/2", 404, "MANIFEST_UNKNOWN"),
        ("PUT", "/v2/team/app/manifests/sha256:0", 400, "DIGEST_INVALID"),
        ("POST", "/v2/team/app/blobs/uploads/?digest=x", 400, "DIGEST_INVALID"),
        ("PATCH", "/v2/team/app/blobs/uploads/9", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("PUT", "/v2/team/app/blobs/uploads/9", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("POST", "/v2/team/app/manifests/1", 405, "UNSUPPORTED"),
    ],
)
def test_errors_have_the_codes_of_the_specification(
    registry: MemoryRegistry, method: str, target: str, status: int, code: str
) -> None:
    registry.push_image("team/app", "1", [AMD64])

    answer = registry.handle(method, target, {}, b"x")

    assert answer.status == status
    assert json.loads(answer.body)["errors"][0]["code"] == code


def test_a_manifest_is_deleted_with_its_tags(registry: MemoryRegistry) -> None:
    digest = registry.push_image("team/app", "1", [AMD64])

    gone = registry.handle("DELETE", f"/v2/team/app/manifests/{digest}", {})

    assert gone.status == 202
    assert registry.handle("GET", "/v2/team/app/manifests/1", JSON).status == 404


def test_only_the_tag_is_deleted_by_its_name(registry: MemoryRegistry) -> None:
    digest = registry.push_image("team/app", "1", [AMD64])

    registry.delete("team/app", "1")
    registry.delete("team/app", "never there")

    assert registry.handle("GET", "/v2/team/app/manifests/1", JSON).status == 404
    assert (
        registry.handle("GET", f"/v2/team/app/manifests/{digest}", JSON).status == 200
    )


def test_a_type_that_is_not_accepted_is_not_served(registry: MemoryRegistry) -> None:
    registry.push_image("team/app", "1", [AMD64])

    refused = registry.handle(
        "GET", "/v2/team/app/manifests/1", {"Accept": DOCKER_LIST}
    )

    assert refused.status == 404
    assert registry.handle("GET", "/v2/team/app/manifests/1", JSON).status == 200


def test_another_path_is_a_plain_page(registry: MemoryRegistry) -> None:
    answer = registry.handle("GET", "/favicon.ico", {})

    assert (answer.status, answer.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize(
    "authorization", ["Basic !", "Basic bm9ib2R5", "Bearer memory-token-9", "x"]
)
@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
def test_nobody_else_gets_in(scheme: AuthScheme, authorization: str) -> None:
    registry = MemoryRegistry(authentication=scheme, users={"alice": "secret"})
    headers = {"Authorization": authorization, "Host": "localhost"}

    assert registry.handle("GET", "/v2/", headers).status == 401
    assert registry.handle("GET", "/token?service=x", headers).status == 401
