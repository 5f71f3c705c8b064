"""Indexes that do not name every platform: descriptors without one, indexes in indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imagelock.demo.images import make_image, make_manifest
from imagelock.errors import RegistryError
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from tests.registry.conftest import HUB
from tests.support.indexes import FIELDS, index_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from imagelock.demo.images import TinyImage
    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.digest import Digest
    from imagelock.registry.client import RegistryClient
    from tests.support.memory import World

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
ARMV7 = Platform.parse("linux/arm/v7")
NGINX = Reference.parse("nginx:1.27")
DECLARED = [AMD64, ARM64]


def push(hub: MemoryRegistry, image: TinyImage) -> Digest:
    return hub.push("library/nginx", "1.27", image)


def locked(
    client: RegistryClient, digest: Digest, platforms: Sequence[Platform] = DECLARED
) -> dict[Platform, Digest]:
    image = client.image(NGINX, digest, platforms)
    assert image.digest == digest
    return {manifest.platform: manifest.digest for manifest in image.platforms}


def test_a_manifest_without_a_platform_has_that_of_its_configuration(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    amd64, arm64 = make_manifest(AMD64), make_manifest(ARM64)
    digest = push(hub, index_of((arm64, {}), (amd64, {"platform": None})))

    expected = {AMD64: amd64.top.digest, ARM64: arm64.top.digest}
    assert locked(client, digest) == expected


def test_a_manifest_that_states_its_platform_comes_first(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    silent, stated = make_manifest(AMD64, salt="1"), make_manifest(AMD64, salt="2")
    digest = push(hub, index_of((silent, {}), (stated, {"platform": FIELDS[AMD64]})))

    assert locked(client, digest, [AMD64]) == {AMD64: stated.top.digest}
    assert len(world.requests) == 1


def test_the_first_of_those_without_a_platform_counts(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    first, second = make_manifest(AMD64, salt="1"), make_manifest(AMD64, salt="2")
    digest = push(hub, index_of((first, {}), (second, {})))

    assert locked(client, digest, [AMD64]) == {AMD64: first.top.digest}
    assert len(world.requests) == 3


@pytest.mark.parametrize(
    "more",
    [
        {"platform": {}},
        {"platform": {"os": "unknown", "architecture": "unknown"}},
        {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        {"artifactType": "application/vnd.example.sbom"},
    ],
)
def test_what_is_for_no_platform_is_not_asked_for(
    world: World, hub: MemoryRegistry, client: RegistryClient, more: dict[str, Any]
) -> None:
    digest = push(hub, index_of((make_manifest(AMD64), more)))

    assert locked(client, digest) == {}
    assert len(world.requests) == 1


def test_an_index_of_artifacts_is_not_searched(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    index = index_of((make_manifest(AMD64), {}), artifactType="application/vnd.x")

    assert locked(client, push(hub, index)) == {}
    assert len(world.requests) == 1


def test_an_index_within_an_index_is_read(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    inner = make_image([AMD64, ARMV7, ARM64], attested=True)
    digest = push(hub, index_of((inner, {})))

    expected = {AMD64: inner.children[0].digest, ARM64: inner.children[2].digest}
    assert locked(client, digest) == expected


def test_an_index_for_a_platform_stands_for_its_manifest(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    # As `docker buildx imagetools create` makes of builds with attestations.
    builds = {p: make_image([p], attested=True, salts="x") for p in DECLARED}
    outer = index_of(*((builds[p], {"platform": FIELDS[p]}) for p in DECLARED))

    expected = {p: builds[p].children[0].digest for p in DECLARED}
    assert locked(client, push(hub, outer)) == expected


def test_only_what_is_declared_is_asked_for(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    builds = {p: make_image([p]) for p in DECLARED}
    outer = index_of(*((builds[p], {"platform": FIELDS[p]}) for p in DECLARED))

    locked(client, push(hub, outer), [ARM64])

    assert len(world.requests) == 2


def test_a_build_for_another_platform_is_none_for_this_one(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    outer = index_of((make_image([ARM64]), {"platform": FIELDS[AMD64]}))

    assert locked(client, push(hub, outer), [AMD64]) == {}


def test_levels_are_followed_to_a_limit(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    images = [make_image([AMD64])]
    for _ in range(8):
        images.append(index_of((images[-1], {})))

    found = [bool(locked(client, push(hub, image))) for image in images]

    assert found == [True] * 4 + [False] * 5


def test_wide_indexes_are_searched_to_a_limit(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    others = [make_manifest(ARMV7, salt=str(n)) for n in range(100)]
    level = index_of(*((each, {}) for each in others), (make_manifest(AMD64), {}))
    outer = index_of(*((level, {}) for _ in range(50)))

    assert locked(client, push(hub, outer)) == {}
    assert len(world.requests) <= 33


def test_a_part_that_a_mirror_did_not_copy_is_no_platform(
    hub: MemoryRegistry, client: RegistryClient
) -> None:
    amd64, arm64 = make_manifest(AMD64), make_manifest(ARM64)
    digest = push(hub, index_of((amd64, {}), (arm64, {})))
    hub.delete("library/nginx", amd64.top.digest)

    assert locked(client, digest) == {ARM64: arm64.top.digest}


def test_a_part_that_could_not_be_asked_for_is_an_error(
    world: World, hub: MemoryRegistry, client: RegistryClient
) -> None:
    amd64 = make_manifest(AMD64)
    digest = push(hub, index_of((amd64, {})))

    def change(request: httpx.Request, response: httpx.Response) -> None:
        if str(amd64.top.digest) in str(request.url):
            response.status_code = 500

    world.alter(HUB, change)

    with pytest.raises(RegistryError):
        client.image(NGINX, digest, DECLARED)
