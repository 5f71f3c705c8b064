"""The client against Debian's `docker-registry`."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image, make_manifest
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.errors import NotFoundError
from imagelock.model.image import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.support.keychain import GivenKeychain
from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.demo.images import TinyImage
    from tests.integration.conftest import DockerRegistry

pytestmark = pytest.mark.integration

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
IMAGES = {
    OCI_INDEX: make_image([AMD64, ARM64], attested=True),
    OCI_MANIFEST: make_manifest(ARM64),
    DOCKER_LIST: make_image([AMD64, ARM64], docker=True),
    DOCKER_MANIFEST: make_manifest(ARM64, docker=True),
}


@pytest.fixture
def client() -> Iterator[RegistryClient]:
    with RegistryClient(ClientSettings(), GivenKeychain({})) as client:
        yield client


def reference(registry: DockerRegistry, tag: str = "1") -> Reference:
    return Reference.parse(f"{registry.address}/team/app:{tag}")


@pytest.mark.parametrize("kind", IMAGES)
def test_every_kind_of_image_is_locked_as_it_was_pushed(
    docker_registry: DockerRegistry, client: RegistryClient, kind: str
) -> None:
    pushed = IMAGES[kind]
    docker_registry.push("team/app", "kind", pushed)
    tagged = reference(docker_registry, "kind")

    digest = client.digest(tagged)
    image = client.image(tagged, digest, [AMD64, ARM64])

    assert digest == pushed.top.digest
    assert image.media_type == kind
    assert [m.digest for m in image.platforms] == expected(pushed)
    assert client.serves(tagged, digest)


def expected(image: TinyImage) -> list[object]:
    """Return the digests that the two platforms get; attestations come last."""
    return [child.digest for child in image.children[:2]] or [image.top.digest]


def test_a_missing_tag_and_a_missing_repository_are_not_found(
    docker_registry: DockerRegistry, client: RegistryClient
) -> None:
    docker_registry.push("team/app", "1", IMAGES[OCI_INDEX])

    with pytest.raises(NotFoundError):
        client.digest(reference(docker_registry, "missing"))
    with pytest.raises(NotFoundError):
        client.digest(Reference.parse(f"{docker_registry.address}/nobody:1"))


def test_a_deleted_digest_is_no_longer_served(
    docker_registry: DockerRegistry, client: RegistryClient
) -> None:
    image = make_image([AMD64], salts="deleted")
    digest = docker_registry.push("team/app", "deleted", image)
    tagged = reference(docker_registry, "deleted")
    assert client.serves(tagged, digest)

    docker_registry.delete("team/app", digest)

    assert not client.serves(tagged, digest)
    with pytest.raises(NotFoundError):
        client.digest(tagged)
    with pytest.raises(NotFoundError):
        client.image(tagged, digest, [AMD64])


def test_a_tag_that_moves_is_seen(
    docker_registry: DockerRegistry, client: RegistryClient
) -> None:
    old = docker_registry.push("team/app", "moving", make_image([AMD64]))
    tagged = reference(docker_registry, "moving")
    assert client.digest(tagged) == old

    new = docker_registry.push("team/app", "moving", make_image([AMD64], salts="2"))

    assert client.digest(tagged) == new != old
    assert client.serves(tagged, old)


def test_skopeo_copies_from_the_registry_in_memory_and_back(
    docker_registry: DockerRegistry,
) -> None:
    """Our registry and its images are good enough for the tools that people use."""
    need("skopeo")
    memory = MemoryRegistry()
    digest = memory.push_image("team/app", "1", [AMD64, ARM64])

    with serve(memory) as url:
        here = f"docker://{url.removeprefix('http://')}/team"
        there = f"docker://{docker_registry.address}/copied/app:1"
        for source, target in ((f"{here}/app:1", there), (there, f"{here}/back:1")):
            subprocess.run(
                [
                    *("skopeo", "copy", "--all", "--quiet", "--preserve-digests"),
                    *("--src-tls-verify=false", "--dest-tls-verify=false"),
                    *(source, target),
                ],
                check=True,
            )

        with RegistryClient(ClientSettings(), GivenKeychain({})) as client:
            host = url.removeprefix("http://")
            assert client.digest(Reference.parse(f"{host}/team/back:1")) == digest


def test_the_tags_of_a_repository_are_listed(
    docker_registry: DockerRegistry, client: RegistryClient
) -> None:
    for tag in ("1.0", "1.1", "2.0"):
        docker_registry.push("team/listed", tag, IMAGES[OCI_INDEX])

    host = docker_registry.address
    assert sorted(client.tags(Reference.parse(f"{host}/team/listed:1.0"))) == [
        "1.0",
        "1.1",
        "2.0",
    ]
    with pytest.raises(NotFoundError):
        client.tags(Reference.parse(f"{host}/nobody:1"))
