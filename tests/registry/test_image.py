"""`RegistryClient.image`: images from manifests with checked digests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from imagelock.demo.images import (
    OCI_CONFIG,
    Content,
    TinyImage,
    make_image,
    make_manifest,
)
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.digest import Digest
from imagelock.model.image import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from tests.registry.conftest import HUB

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry
    from imagelock.registry.client import RegistryClient
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
ARMV7 = Platform.parse("linux/arm/v7")
NGINX = Reference.parse("nginx:1.27")
DECLARED = [ARM64, AMD64]


def push_document(
    hub: MemoryRegistry, media_type: str, document: dict[str, Any]
) -> Digest:
    body = json.dumps({"schemaVersion": 2, **document}).encode()
    top = Content(media_type, body)
    return hub.push("library/nginx", "1.27", TinyImage(blobs=(), top=top))


@pytest.mark.parametrize(("docker", "kind"), [(False, OCI_INDEX), (True, DOCKER_LIST)])
def test_an_index_has_the_declared_platforms_in_order(
    world: World,
    hub: MemoryRegistry,
    client: RegistryClient,
    *,
    docker: bool,
    kind: str,
) -> None:
    tiny = make_image([ARM64, ARMV7, AMD64], docker=docker)
    digest = hub.push("library/nginx", "1.27", tiny)

    image = client.image(NGINX, digest, DECLARED)

    assert image.reference == NGINX
    assert image.digest == digest
    assert image.media_type == kind
    assert [m.platform for m in image.platforms] == [AMD64, ARM64]
    assert image.manifest(ARM64) == tiny.children[0].digest
    assert len(world.requests) == 1


def test_a_platform_that_the_image_lacks_is_absent(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])

    image = client.image(NGINX, digest, DECLARED)

    assert [m.platform for m in image.platforms] == [AMD64]


def test_a_pinned_reference_loses_its_digest_and_one_by_digest_keeps_it(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])

    pinned = client.image(NGINX.at(digest), digest, DECLARED)
    bare = client.image(Reference.parse(f"nginx@{digest}"), digest, DECLARED)

    assert pinned.reference == NGINX
    assert bare.reference == Reference.parse(f"nginx@{digest}")


@pytest.mark.parametrize(
    ("docker", "kind"), [(False, OCI_MANIFEST), (True, DOCKER_MANIFEST)]
)
def test_a_single_manifest_has_the_platform_of_its_configuration(
    world: World,
    hub: MemoryRegistry,
    client: RegistryClient,
    *,
    docker: bool,
    kind: str,
) -> None:
    digest = hub.push("library/nginx", "1.27", make_manifest(ARMV7, docker=docker))

    image = client.image(NGINX, digest, DECLARED)

    assert image.media_type == kind
    assert [(m.platform, m.digest) for m in image.platforms] == [(ARMV7, digest)]
    assert len(world.requests) == 2


def test_attestations_are_not_platforms(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    tiny = make_image([AMD64], attested=True)
    digest = hub.push("library/nginx", "1.27", tiny)

    image = client.image(NGINX, digest, [AMD64, Platform.parse("unknown/unknown")])

    assert len(tiny.children) == 2
    assert [m.platform for m in image.platforms] == [AMD64]


def test_the_unknown_platform_is_none(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    unknown = Platform.parse("unknown/unknown")
    digest = hub.push_image("library/nginx", "1.27", [unknown])

    assert client.image(NGINX, digest, [unknown]).platforms == ()


def test_an_attestation_with_a_real_platform_is_none_either(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    child = make_manifest(AMD64).top
    reference_type = {"vnd.docker.reference.type": "attestation-manifest"}
    platform = {"os": "linux", "architecture": "amd64"}
    listed = child.descriptor(platform=platform, annotations=reference_type)
    digest = push_document(hub, OCI_INDEX, {"manifests": [listed]})

    assert client.image(NGINX, digest, DECLARED).platforms == ()


def test_the_first_manifest_of_a_platform_is_the_one_that_it_gets(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    platform = {"os": "linux", "architecture": "amd64"}
    first, second = (make_manifest(AMD64, salt=salt).top for salt in ("1", "2"))
    listed = [each.descriptor(platform=platform) for each in (first, second)]
    digest = push_document(hub, OCI_INDEX, {"manifests": listed})

    (manifest,) = client.image(NGINX, digest, DECLARED).platforms

    assert manifest.digest == first.digest


def test_one_declared_windows_covers_its_versions(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    versions = [
        Platform.parse(f"windows({version})/amd64")
        for version in ("10.0.20348.2113", "10.0.17763.5329")
    ]
    digest = hub.push_image("library/nginx", "1.27", versions)

    image = client.image(NGINX, digest, [Platform.parse("windows/amd64")])

    assert [m.platform for m in image.platforms] == sorted(versions)


@pytest.mark.parametrize(
    "platform",
    [
        None,
        "linux/amd64",
        {},
        {"os": "linux"},
        {"os": "linux", "architecture": 7},
        {"os": "linux/amd64", "architecture": "x"},
        {"os": "linux\n", "architecture": "amd64"},
        {"os": "li nux", "architecture": "amd64"},
    ],
)
def test_a_platform_that_a_lockfile_could_not_name_is_left_out(
    hub: MemoryRegistry, client: RegistryClient, platform: object
) -> None:
    listed = make_manifest(AMD64).top.descriptor(platform=platform)
    digest = push_document(hub, OCI_INDEX, {"manifests": [listed]})

    assert client.image(NGINX, digest, DECLARED).platforms == ()


def test_an_artifact_has_no_platform_and_costs_one_request(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    config = Content("application/vnd.cncf.helm.config.v1+json", b"{}")
    document = {"config": config.descriptor(), "layers": None}
    digest = push_document(hub, OCI_MANIFEST, document)

    image = client.image(NGINX, digest, DECLARED)

    assert image.platforms == ()
    assert image.artifact_type == "application/vnd.cncf.helm.config.v1+json"
    assert len(world.requests) == 1


@pytest.mark.parametrize(
    ("config", "own", "expected"),
    [
        ("application/vnd.oci.empty.v1+json", "application/vnd.x", "application/vnd.x"),
        ("application/vnd.x+json", "not a media type\x1b", "application/vnd.x+json"),
        ("text", None, None),
        ("application/vnd.oci.empty.v1+json", 1, "application/vnd.oci.empty.v1+json"),
    ],
)
def test_what_an_artifact_is(
    hub: MemoryRegistry,
    client: RegistryClient,
    config: str,
    own: object,
    expected: str | None,
) -> None:
    descriptor = Content(config, b"{}").descriptor()
    document = {"config": descriptor, "artifactType": own, "layers": []}
    digest = push_document(hub, OCI_MANIFEST, document)

    assert client.image(NGINX, digest, DECLARED).artifact_type == expected


def test_bytes_that_are_not_the_digest_are_refused_whatever_the_header_says(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    other = make_image([AMD64], salts="evil").top
    headers = {"Content-Type": OCI_INDEX, "Docker-Content-Digest": str(digest)}
    world.answer(HUB, headers=headers, content=other.body)

    with pytest.raises(RegistryError, match=f"it sent `{other.digest}`"):
        client.image(NGINX, digest, DECLARED)


def test_sha512_is_compared_as_sha512(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    body = make_image([AMD64]).top.body
    world.answer(HUB, headers={"Content-Type": OCI_INDEX}, content=body)
    digest = Digest.of(body, "sha512")

    assert client.image(NGINX, digest, DECLARED).digest == digest
    with pytest.raises(RegistryError, match="when asked for"):
        client.image(NGINX, Digest.of(b"other", "sha512"), DECLARED)


def test_content_that_is_gone_is_not_found(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push_image("library/nginx", "1.27", [AMD64])
    hub.delete("library/nginx", digest)

    with pytest.raises(NotFoundError, match=f"nginx:1.27@{digest}"):
        client.image(NGINX, digest, DECLARED)


def test_a_missing_configuration_is_a_broken_image_and_not_a_missing_one(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    tiny = make_manifest(AMD64)
    digest = hub.push("library/nginx", "1.27", tiny)
    hub.delete("library/nginx", tiny.blobs[0].digest)

    with pytest.raises(RegistryError, match=r"configuration .* is missing") as caught:
        client.image(NGINX, digest, DECLARED)
    assert not isinstance(caught.value, NotFoundError)


def test_a_configuration_that_is_refused_is_explained(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push_manifest("library/nginx", "1.27", AMD64)

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if "/blobs/" in request.url.path:
            response.status_code = 503

    world.alter(HUB, change)

    with pytest.raises(RegistryError, match="failed with status 503"):
        client.image(NGINX, digest, DECLARED)


def test_a_single_manifest_is_described_by_its_own_annotations(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    version = {"org.opencontainers.image.version": "2.0"}
    tiny = make_manifest(AMD64, annotations=version)
    digest = hub.push("library/nginx", "1.27", tiny)

    assert client.image(NGINX, digest, DECLARED).release == "2.0"


def test_a_configuration_with_other_bytes_is_refused(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push("library/nginx", "1.27", make_manifest(AMD64))

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if "/blobs/" in request.url.path:
            response.stream = httpx.ByteStream(b"{}")

    world.alter(HUB, change)

    with pytest.raises(RegistryError, match="when asked for"):
        client.image(NGINX, digest, DECLARED)


@pytest.mark.parametrize("config", [b"[]", b"{", b'{"os":1,"os":2}', b"\xff"])
def test_a_configuration_that_is_none_is_refused(
    hub: MemoryRegistry, client: RegistryClient, config: bytes
) -> None:
    blob = Content(OCI_CONFIG, config)
    document = {"schemaVersion": 2, "config": blob.descriptor(), "layers": []}
    top = Content(OCI_MANIFEST, json.dumps(document).encode())
    digest = hub.push("library/nginx", "1.27", TinyImage(blobs=(blob,), top=top))

    with pytest.raises(RegistryError, match="configuration is malformed"):
        client.image(NGINX, digest, DECLARED)


def test_the_publisher_describes_the_index(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    digest = hub.push_image(
        "library/nginx",
        "1.27",
        [AMD64],
        annotations={
            "org.opencontainers.image.version": "1.27.3",
            "org.label-schema.vcs-url": "https://github.com/nginx/nginx",
            "org.opencontainers.image.revision": "",
        },
    )

    image = client.image(NGINX, digest, DECLARED)

    assert image.release == "1.27.3"
    assert image.source == "https://github.com/nginx/nginx"
    assert image.revision is None


def test_the_description_of_the_first_declared_platform_comes_first(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    version = "org.opencontainers.image.version"
    listed = [
        make_manifest(platform).top.descriptor(
            platform={"os": "linux", "architecture": platform.architecture},
            annotations={version: f"1.27-{platform.architecture}"},
        )
        for platform in (ARM64, AMD64)
    ]
    annotations = {version: "of the index", "org.label-schema.vcs-ref": "abc"}
    document = {"manifests": listed, "annotations": annotations}
    digest = push_document(hub, OCI_INDEX, document)

    image = client.image(NGINX, digest, DECLARED)

    assert image.release == "1.27-amd64"
    assert image.revision == "abc"


def test_a_description_is_printable_and_short(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    words = {
        "org.opencontainers.image.version": " 1\x1b[31m.2\u202e7\ud800\n ",
        "org.opencontainers.image.source": "x" * 10_000,
        "org.opencontainers.image.revision": ["not", "text"],
    }
    document = {"manifests": [], "annotations": words}
    digest = push_document(hub, OCI_INDEX, document)

    image = client.image(NGINX, digest, DECLARED)

    assert image.release == "1[31m.27"
    assert image.source == "x" * 512
    assert image.revision is None
