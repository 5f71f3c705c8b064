"""`RegistryClient.referrers`: the API, the tag in its place, and lists without an end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.demo.images import Content
from imagelock.errors import RegistryError
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from tests.registry.conftest import HUB
from tests.support.signing import Signatures

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry
    from tests.registry.conftest import Connect
    from tests.support.memory import World

APP = Reference.parse("acme/app:1")
AMD64 = Platform.parse("linux/amd64")
SBOM = "application/spdx+json"


def pushed(registry: MemoryRegistry, count: int) -> tuple[Digest, list[Content]]:
    """Push an image and *count* artifacts that refer to it."""
    digest = registry.push_image("acme/app", "1", [AMD64])
    signatures = Signatures(registry, "acme/app")
    blobs = [Content(SBOM, str(number).encode()) for number in range(count)]
    return digest, [signatures.push_referrer(digest, SBOM, [blob]) for blob in blobs]


def test_the_api_lists_them(hub: MemoryRegistry, connect: Connect) -> None:
    digest, manifests = pushed(hub, 2)
    client = connect()

    found = client.referrers(APP, digest)

    assert {each.digest for each in found} == {each.digest for each in manifests}
    assert {each.artifact_type for each in found} == {SBOM}
    assert hub.log[-1] == f"GET /v2/acme/app/referrers/{digest}"
    artifact = client.artifact(APP, found[0].digest)
    assert artifact is not None
    assert artifact.subject == digest
    assert artifact.artifact_type == SBOM
    (layer,) = artifact.layers
    assert client.blob(APP, layer.digest, "signature") in {b"0", b"1"}


def test_an_image_without_any_has_none(hub: MemoryRegistry, connect: Connect) -> None:
    digest, _ = pushed(hub, 0)

    assert connect().referrers(APP, digest) == ()


def test_pages_are_followed(
    hub: MemoryRegistry, world: World, connect: Connect
) -> None:
    digest, manifests = pushed(hub, 5)
    serve = world.hosts[HUB]

    def two_at_a_time(request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_set_param("n", "2")
        return serve(request)

    world.hosts[HUB] = two_at_a_time
    found = connect().referrers(APP, digest)

    assert {each.digest for each in found} == {each.digest for each in manifests}
    assert len(world.requests) == 3


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_without_the_api_the_tag_has_the_list(
    status: int, hub: MemoryRegistry, world: World, connect: Connect
) -> None:
    digest, (manifest,) = pushed(hub, 1)
    Signatures(hub, "acme/app").push_list(digest, manifest)

    def no_api(request: httpx.Request, response: httpx.Response) -> None:
        if "/referrers/" in request.url.path:
            response.status_code = status

    world.alter(HUB, no_api)
    client = connect()

    assert [each.digest for each in client.referrers(APP, digest)] == [manifest.digest]
    hub.delete("acme/app", f"sha256-{digest.encoded}")
    assert client.referrers(APP, digest) == ()


def test_a_web_page_is_no_list(
    hub: MemoryRegistry, world: World, connect: Connect
) -> None:
    digest, _ = pushed(hub, 0)
    serve = world.hosts[HUB]

    def portal(request: httpx.Request) -> httpx.Response:
        if "/referrers/" in request.url.path:
            return httpx.Response(200, html="<p>Welcome</p>")
        return serve(request)

    world.hosts[HUB] = portal

    assert connect().referrers(APP, digest) == ()


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_refusal_is_no_empty_list(
    status: int, hub: MemoryRegistry, world: World, connect: Connect
) -> None:
    digest, _ = pushed(hub, 0)
    world.answer(HUB, status)

    with pytest.raises(RegistryError):
        connect().referrers(APP, digest)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "not an index"),
        ("{}", "not an index"),
        ('{"manifests": [1]}', "not an object"),
        ('{"manifests": [{"digest": "sha256:0"}]}', "not a digest"),
        ('{"manifests": ', "not JSON"),
        ('{"manifests": [], "manifests": []}', "not JSON"),
    ],
)
def test_a_malformed_list_is_no_empty_list(
    body: str, message: str, hub: MemoryRegistry, world: World, connect: Connect
) -> None:
    digest, _ = pushed(hub, 0)
    world.answer(HUB, 200, headers={"Content-Type": OCI_INDEX}, text=body)

    with pytest.raises(RegistryError, match=message):
        connect().referrers(APP, digest)


def test_two_hundred_are_listed_and_more_are_refused(
    hub: MemoryRegistry, connect: Connect
) -> None:
    digest, _ = pushed(hub, 200)
    client = connect()

    assert len(client.referrers(APP, digest)) == 200

    Signatures(hub, "acme/app").push_referrer(digest, SBOM, [Content(SBOM, b"more")])
    with pytest.raises(RegistryError, match="more than 200 artifacts refer to it"):
        client.referrers(APP, digest)


def page(count: int, start: int = 0) -> str:
    digests = [Digest.of(str(start + number).encode()) for number in range(count)]
    manifests = [{"digest": str(digest)} for digest in digests]
    return json.dumps({"manifests": manifests})


def test_a_loop_of_pages_ends(world: World, connect: Connect) -> None:
    headers = {"Link": '</v2/acme/app/referrers/x?page=1>; rel="next"'}
    world.answer(HUB, 200, headers=headers, text=page(3))

    assert len(connect().referrers(APP, Digest.of(b""))) == 3
    assert len(world.requests) == 2


def test_pages_without_an_end_are_refused(world: World, connect: Connect) -> None:
    def endless(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 0))
        link = f'<{request.url.path}?page={number + 1}>; rel="next"'
        return httpx.Response(200, headers={"Link": link}, text=page(1, number))

    world.hosts[HUB] = endless

    with pytest.raises(RegistryError, match="more than 200"):
        connect().referrers(APP, Digest.of(b""))
    assert len(world.requests) == 20


def test_a_list_that_breaks_off_is_refused(world: World, connect: Connect) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        if "page" in request.url.params:
            return httpx.Response(404)
        link = f'<{request.url.path}?page=1>; rel="next"'
        return httpx.Response(200, headers={"Link": link}, text=page(1))

    world.hosts[HUB] = broken

    with pytest.raises(RegistryError, match="breaks off"):
        connect().referrers(APP, Digest.of(b""))


def test_a_list_does_not_continue_elsewhere(world: World, connect: Connect) -> None:
    headers = {"Link": '<https://evil.test/v2/>; rel="next"'}
    world.answer(HUB, 200, headers=headers, text=page(1))

    with pytest.raises(RegistryError, match="continues on another server"):
        connect().referrers(APP, Digest.of(b""))


def test_an_artifact_with_other_bytes_is_refused(
    hub: MemoryRegistry, world: World, connect: Connect
) -> None:
    _digest, (manifest,) = pushed(hub, 1)
    serve = world.hosts[HUB]

    def other(request: httpx.Request) -> httpx.Response:
        response = serve(request)
        body = response.content.replace(b"spdx", b"evil")
        kind = {"Content-Type": response.headers["Content-Type"]}
        return httpx.Response(response.status_code, headers=kind, content=body)

    world.hosts[HUB] = other

    with pytest.raises(RegistryError, match="when asked for"):
        connect().artifact(APP, manifest.digest)


def test_a_blob_that_is_missing_is_a_failure(
    hub: MemoryRegistry, connect: Connect
) -> None:
    _digest, _ = pushed(hub, 0)

    with pytest.raises(RegistryError, match=r"its signature .* is missing"):
        connect().blob(APP, Digest.of(b"absent"), "signature")


def test_an_index_is_no_artifact(hub: MemoryRegistry, connect: Connect) -> None:
    digest, _ = pushed(hub, 0)
    client = connect()

    assert client.artifact(APP, digest) is None
    assert client.tagged_artifact(APP, "1") is None
    assert client.tagged_artifact(APP, "absent") is None
