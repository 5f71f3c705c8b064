"""`imagelock outdated --bases`: images whose base has moved since they were built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure
from tests.support.provenance import Made, attested, version_1
from tests.support.publishing import Build, index, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.images import TinyImage
    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.digest import Digest
    from tests.conftest import Run

NAME: Final = "org.opencontainers.image.base.name"
DIGEST: Final = "org.opencontainers.image.base.digest"
BOTH: Final = [AMD64, ARM64]


def annotated(name: str, digest: Digest | None = None) -> TinyImage:
    stated = {NAME: name, **({DIGEST: str(digest)} if digest else {})}
    return index(BOTH, Build(annotations=stated))


def built(materials: dict[str, Digest]) -> TinyImage:
    made = {f"pkg:docker/{name}": d.encoded for name, d in materials.items()}
    return attested([AMD64], Build(), version_1(Made(materials=made)))


@pytest.fixture
def shop(project: Path, address: str, hub: MemoryRegistry) -> Path:
    """A project of images with bases, which were built before some bases moved."""
    old = index(BOTH, Build(layers=["debian", "old"]))
    debian = hub.push("library/debian", "12", old)
    alpine = hub.push("library/alpine", "3", index(BOTH, Build(layers=["alpine"])))
    noble = hub.push("library/ubuntu", "noble", index(BOTH, Build(layers=["noble"])))
    label = {"Labels": {NAME: "debian:12", DIGEST: str(debian)}}
    images = {
        "annotated": annotated("debian:12", debian),
        "attested": built({"debian@12": debian}),
        "child": annotated("debian:12", old.children[0].digest),
        "labelled": manifest(AMD64, Build(config=label)),
        "reindexed": annotated("alpine:3", alpine),
        "still": annotated("ubuntu:noble", noble),
        "gone": annotated("debian:1", debian),
        "scratch": built({}),
        "several": built({"debian@12": debian, "alpine@3": alpine}),
        "undigested": annotated("debian:12"),
        "inner": annotated("10.0.0.1:5000/debian:12", debian),
        "none": index(BOTH, Build()),
    }
    for name, image in images.items():
        hub.push(f"acme/{name}", "1", image)
    hub.push("library/debian", "12", index(BOTH, Build(layers=["debian", "new"])))
    again = attested(BOTH, Build(layers=["alpine"]), version_1(Made()))
    assert hub.push("library/alpine", "3", again) != alpine
    services = "".join(f"  {name}: {{image: acme/{name}:1}}\n" for name in images)
    (project / "compose.yaml").write_text(f"services:\n{services}")
    configure(project, address)
    return project


def test_the_bases_that_moved(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert imagelock("lock").exit_code == 0
    before = (shop / "images.lock").read_bytes()

    assert str(imagelock("outdated", "--bases", "--check")) == snapshot(name="text")
    assert str(imagelock("outdated", "--bases", "-v")) == snapshot(name="all")
    moved = imagelock("outdated", "--bases", "acme/annotated", "--format", "json")
    assert str(moved) == snapshot(name="json")
    assert imagelock("outdated", "--bases", "acme/still", "--check").exit_code == 0
    assert (shop / "images.lock").read_bytes() == before


def test_each_base_is_asked_for_once(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    hub.log.clear()
    imagelock("outdated", "--bases")

    asked = [line for line in hub.log if "debian/manifests/12" in line]
    assert len(asked) <= len({"annotated", "child", "attested"}), asked
    assert not any("10.0.0.1" in line for line in hub.log)


def test_without_a_lock_there_is_nothing_to_compare(shop: Path, imagelock: Run) -> None:
    result = imagelock("outdated", "--bases")

    assert result.exit_code == 2
    assert "no image is locked" in result.err


def test_a_registry_of_a_base_that_does_not_answer(
    project: Path,
    address: str,
    hub: MemoryRegistry,
    imagelock: Run,
) -> None:
    digest = hub.push("library/debian", "12", index(BOTH, Build()))
    hub.push("acme/app", "1", annotated("registry.invalid.example/debian:12", digest))
    (project / "compose.yaml").write_text("services: {a: {image: 'acme/app:1'}}\n")
    more = '[registries."registry.invalid.example"]\nmirror = "http://127.0.0.1:1"\n'
    configure(project, address, more)
    assert imagelock("lock").exit_code == 0

    result = imagelock("outdated", "--bases", "-v", "--format", "json")

    assert result.exit_code == 3
    (base,) = json.loads(result.out)["bases"]
    assert base["status"] == "unknown"
    assert base["reason"] == "its registry could not be asked"
    assert len(json.loads(result.out)["failures"]) == 1


def test_the_chain_of_bases(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    alpine = built({"alpine@3": hub.push("library/alpine", "3", built({}))})
    hub.push(
        "acme/deep", "1", built({"acme/middle@1": hub.push("acme/middle", "1", alpine)})
    )
    (shop / "compose.override.yaml").write_text(
        "services: {d: {image: 'acme/deep:1'}}\n"
    )
    imagelock("lock")
    names = [f"acme/{name}:1" for name in ("deep", "annotated", "several", "inner")]

    assert str(imagelock("list", "--bases", *names)) == snapshot(name="text")
    deep = imagelock("list", "--bases", "acme/deep:1", "--format", "json")
    (entry,) = json.loads(deep.out)["entries"]
    assert entry["error"] is None
    assert entry["bases"] == snapshot(name="json")
    assert "bases" not in imagelock("list", "acme/deep:1", "--format", "json").out


def test_a_chain_needs_registries_and_an_image(shop: Path, imagelock: Run) -> None:
    imagelock("lock")
    offline = imagelock("list", "--offline", "--bases", "acme/still:1")

    assert (offline.exit_code, offline.out) == (3, "")
    assert "asks registries, and this run is offline" in offline.err
    assert imagelock("list", "--bases").exit_code == 2


def test_a_chain_that_ends_at_a_silent_registry(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    digest = hub.push("library/debian", "12", index(BOTH, Build()))
    hub.push("acme/app", "1", annotated("registry.invalid.example/debian:12", digest))
    (shop / "compose.yaml").write_text("services: {a: {image: 'acme/app:1'}}\n")
    settings = shop / "imagelock.toml"
    more = '[registries."registry.invalid.example"]\nmirror = "http://127.0.0.1:1"\n'
    settings.write_text(settings.read_text() + more)
    imagelock("lock")

    result = imagelock("list", "--bases", "acme/app:1")

    assert result.exit_code == 3
    assert "built on `registry.invalid.example/debian:12` at sha256" in result.out
    assert "something unknown" in result.out
    assert "error:" in result.err
