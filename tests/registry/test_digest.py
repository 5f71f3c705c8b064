"""`RegistryClient.digest` and `.serves`: few requests, and answers are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image, make_manifest
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.digest import Digest
from imagelock.model.image import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from tests.registry.conftest import HUB

if TYPE_CHECKING:
    import httpx

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.registry.client import RegistryClient
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
NGINX = Reference.parse("nginx:1.27")
MANIFESTS = f"https://{HUB}/v2/library/nginx/manifests"
OTHER = Digest.of(b"something else")


@pytest.fixture
def digest(hub: MemoryRegistry) -> Digest:
    return hub.push_image("library/nginx", "1.27", [AMD64, ARM64])


def test_a_tag_costs_one_head(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    assert client.digest(NGINX) == digest
    assert world.log == [f"HEAD {MANIFESTS}/1.27"]


def test_every_type_is_accepted_and_nothing_else(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    client.digest(NGINX)

    (accept,) = world.sent_to(HUB, "Accept")
    assert set(accept.split(", ")) == {
        OCI_INDEX,
        OCI_MANIFEST,
        DOCKER_LIST,
        DOCKER_MANIFEST,
    }
    assert world.sent_to(HUB, "Accept-Encoding") == ["identity"]


@pytest.mark.parametrize("docker", [False, True])
def test_an_index_and_a_manifest_of_either_kind_have_a_digest(
    hub: MemoryRegistry, client: RegistryClient, *, docker: bool
) -> None:
    index = hub.push("library/nginx", "index", make_image([AMD64], docker=docker))
    single = hub.push("library/nginx", "one", make_manifest(AMD64, docker=docker))

    assert client.digest(Reference.parse("nginx:index")) == index
    assert client.digest(Reference.parse("nginx:one")) == single


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 415, 501])
def test_a_server_that_knows_no_head_is_asked_with_get(
    world: World, client: RegistryClient, digest: Digest, status: int
) -> None:
    def change(request: httpx.Request, response: httpx.Response) -> None:
        if request.method == "HEAD":
            response.status_code = status

    world.alter(HUB, change)

    assert client.digest(NGINX) == digest
    assert world.log == [f"HEAD {MANIFESTS}/1.27", f"GET {MANIFESTS}/1.27"]


def test_what_has_no_head_is_served_and_what_is_missing_stays_so(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    def change(request: httpx.Request, response: httpx.Response) -> None:
        if request.method == "HEAD":
            response.status_code = 404

    world.alter(HUB, change)

    assert client.serves(NGINX, digest)
    assert not client.serves(NGINX, Digest.of(b"something else"))
    with pytest.raises(NotFoundError):
        client.digest(Reference.parse("nginx:0.1"))


def test_the_error_of_a_registry_costs_no_pull(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    with pytest.raises(NotFoundError):
        client.digest(NGINX)

    assert world.log == [f"HEAD {MANIFESTS}/1.27"]


@pytest.mark.parametrize("kind", ["text/plain", "text/html; charset=utf-8", ""])
def test_another_404_is_confirmed_with_get(
    world: World, client: RegistryClient, kind: str
) -> None:
    world.answer(HUB, 404, headers={"Content-Type": kind} if kind else {})

    with pytest.raises(NotFoundError) as caught:
        client.digest(NGINX)

    hint = "its answer is a web page: is this the address of a registry?"
    assert caught.value.hint == (hint if "html" in kind else None)
    assert world.log == [f"HEAD {MANIFESTS}/1.27", f"GET {MANIFESTS}/1.27"]


@pytest.mark.parametrize("header", [None, "", "sha256:abc", "md5:00", "nonsense"])
def test_without_a_usable_digest_in_the_header_the_bytes_are_hashed(
    world: World, client: RegistryClient, digest: Digest, header: str | None
) -> None:
    def change(_: httpx.Request, response: httpx.Response) -> None:
        del response.headers["Docker-Content-Digest"]
        if header is not None:
            response.headers["Docker-Content-Digest"] = header

    world.alter(HUB, change)

    assert client.digest(NGINX) == digest
    assert world.log == [f"HEAD {MANIFESTS}/1.27", f"GET {MANIFESTS}/1.27"]


def test_a_header_that_contradicts_the_bytes_is_refused(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    def change(request: httpx.Request, response: httpx.Response) -> None:
        response.headers["Docker-Content-Digest"] = str(OTHER)
        if request.method == "HEAD":
            response.status_code = 405

    world.alter(HUB, change)

    with pytest.raises(RegistryError, match=f"declared it as `{OTHER}`"):
        client.digest(NGINX)


def test_a_registry_may_name_its_content_by_sha512(
    world: World, client: RegistryClient, digest: Digest, hub: MemoryRegistry
) -> None:
    body = make_image([AMD64, ARM64]).top.body
    longer = Digest.of(body, "sha512")

    def change(request: httpx.Request, response: httpx.Response) -> None:
        response.headers["Docker-Content-Digest"] = str(longer)
        if request.method == "HEAD":
            response.status_code = 405

    world.alter(HUB, change)

    assert client.digest(NGINX) == longer


def test_a_login_page_is_no_manifest(world: World, client: RegistryClient) -> None:
    world.answer(HUB, html="<h1>Please log in</h1>")

    with pytest.raises(RegistryError, match="`text/html`") as caught:
        client.digest(NGINX)
    assert "login page" in str(caught.value.hint)


def test_a_login_page_with_a_digest_is_no_manifest_either(
    world: World, client: RegistryClient
) -> None:
    header = {"Docker-Content-Digest": str(OTHER)}
    world.answer(HUB, html="<h1>Please log in</h1>", headers=header)

    with pytest.raises(RegistryError, match="`text/html`"):
        client.digest(NGINX)
    with pytest.raises(RegistryError, match="`text/html`"):
        client.serves(NGINX, OTHER)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", None])
def test_a_server_of_static_files_is_a_registry(
    world: World, client: RegistryClient, digest: Digest, kind: str | None
) -> None:
    def change(_: httpx.Request, response: httpx.Response) -> None:
        response.headers.pop("Docker-Content-Digest", None)
        response.headers.pop("Content-Type", None)
        if kind:
            response.headers["Content-Type"] = kind

    world.alter(HUB, change)

    assert client.digest(NGINX) == digest
    assert client.image(NGINX, digest, [AMD64]).digest == digest
    assert client.serves(NGINX, digest)
    assert not client.serves(NGINX, OTHER)


def test_without_a_type_a_declared_digest_that_is_not_that_of_the_bytes_is_refused(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    def change(_: httpx.Request, response: httpx.Response) -> None:
        response.headers["Content-Type"] = "application/json"
        response.headers["Docker-Content-Digest"] = str(OTHER)

    world.alter(HUB, change)

    with pytest.raises(RegistryError, match="but declared it as"):
        client.digest(NGINX)


def test_a_tag_that_is_gone_is_not_found(
    client: RegistryClient, digest: Digest
) -> None:
    with pytest.raises(
        NotFoundError, match=r"does not have `docker\.io/library/nginx:2`"
    ):
        client.digest(Reference.parse("nginx:2"))


@pytest.mark.parametrize("status", [301, 304, 401, 403, 408, 429, 500, 502, 503])
def test_only_404_means_gone(world: World, client: RegistryClient, status: int) -> None:
    world.answer(HUB, status)

    with pytest.raises(RegistryError) as caught:
        client.digest(NGINX)
    assert not isinstance(caught.value, NotFoundError)
    with pytest.raises(RegistryError):
        client.serves(NGINX, OTHER)


def test_a_reference_by_digest_is_checked_and_returned(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    pinned = Reference.parse(f"nginx@{digest}")

    assert client.digest(pinned) == digest
    assert world.log == [f"HEAD {MANIFESTS}/{digest}"]
    with pytest.raises(NotFoundError, match=str(OTHER)):
        client.digest(Reference.parse(f"nginx@{OTHER}"))


def test_with_tag_and_digest_the_digest_counts(
    client: RegistryClient, hub: MemoryRegistry, digest: Digest
) -> None:
    hub.push_image("library/nginx", "1.27", [AMD64], salts="newer")

    assert client.digest(Reference.parse(f"nginx:1.27@{digest}")) == digest


def test_what_is_deleted_is_no_longer_served(
    client: RegistryClient, hub: MemoryRegistry, digest: Digest
) -> None:
    assert client.serves(NGINX, digest)

    hub.delete("library/nginx", digest)

    assert not client.serves(NGINX, digest)


def test_without_head_serving_is_proved_by_the_bytes(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    def change(request: httpx.Request, response: httpx.Response) -> None:
        if request.method == "HEAD":
            response.status_code = 405

    world.alter(HUB, change)

    assert client.serves(NGINX, digest)
    assert not client.serves(NGINX, OTHER)


def test_other_content_under_the_digest_is_not_served(
    world: World, client: RegistryClient, digest: Digest
) -> None:
    body = make_manifest(AMD64).top
    headers = {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": str(OTHER)}
    world.answer(HUB, headers=headers, content=body.body)

    with pytest.raises(RegistryError, match="when asked for"):
        client.serves(NGINX, digest)
