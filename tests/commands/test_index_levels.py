"""What commands say of indexes that do not name every platform themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image, make_manifest
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64, ARM64
from tests.support.indexes import FIELDS, index_of
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.demo.images import TinyImage
    from tests.conftest import Run

COMPOSE = """\
services:
  silent:
    image: acme/silent:1
  nested:
    image: acme/nested:1
  built:
    image: acme/built:1
"""


def silent(salt: str) -> TinyImage:
    """Return an index whose descriptors name no platform."""
    amd64 = make_manifest(AMD64, salt=salt)
    return index_of((make_manifest(ARM64), {}), (amd64, {}))


def nested(salt: str) -> TinyImage:
    """Return an index of a single index."""
    return index_of((make_image([AMD64, ARM64], salts=salt, attested=True), {}))


def built(salt: str) -> TinyImage:
    """Return an index of an index for each platform, as builds of several hosts are."""
    return index_of(
        *(
            (make_image([each], salts=salt, attested=True), {"platform": FIELDS[each]})
            for each in (AMD64, ARM64)
        )
    )


def push_all(hub: MemoryRegistry, salt: str) -> None:
    for make in (silent, nested, built):
        hub.push(f"acme/{make.__name__}", "1", make(salt))


@pytest.fixture
def hub(project: Path) -> Iterator[MemoryRegistry]:
    hub = MemoryRegistry()
    push_all(hub, "old")
    with serve(hub) as address:
        configure(project, address, 'platforms = ["linux/amd64", "linux/arm64"]\n')
        (project / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
        yield hub


def locked(project: Path) -> list[str]:
    """Return the digests of platforms in the lockfile."""
    lines = (project / "images.lock").read_text(encoding="utf-8").splitlines()
    return [line.split('"')[3] for line in lines if "name = " in line]


def test_every_platform_is_locked_at_its_manifest(
    project: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    assert imagelock("lock").exit_code == 0

    leaves = [make_manifest(each, salt="old").top.digest for each in (AMD64, ARM64)]
    built_and_nested = [*map(str, leaves)] * 2
    arm64 = str(make_manifest(ARM64).top.digest)
    assert locked(project) == [*built_and_nested, str(leaves[0]), arm64]
    for command in (["verify", "--offline"], ["verify", "--deep"]):
        result = imagelock(*command)
        assert result.exit_code == 0, result
        assert "all agree" in result.out


def test_what_moved_is_a_platform(
    project: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    assert imagelock("lock").exit_code == 0
    before = locked(project)
    push_all(hub, "new")

    verified = imagelock("verify")
    assert verified.exit_code == 1
    assert verified.out.count("[drift]") == 3
    assert verified.out.count("linux/amd64 moved from") == 3
    assert verified.out.count("linux/arm64/v8 moved from") == 2
    assert imagelock("update").exit_code == 0
    assert imagelock("verify").exit_code == 0
    assert sum(a == b for a, b in zip(before, locked(project), strict=True)) == 1


def test_a_platform_that_no_level_has_is_missing(
    project: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    hub.push("acme/silent", "1", index_of((make_manifest(ARM64), {})))
    hub.push("acme/nested", "1", index_of((make_image([ARM64]), {})))

    assert imagelock("lock").exit_code == 0

    result = imagelock("verify", "--offline")
    assert result.exit_code == 1
    assert result.out.count("has no manifest for linux/amd64") == 2


def test_answers_for_a_fleet_lack_what_is_in_other_documents(
    project: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    (project / "src").mkdir()
    for name in ("imagelock.toml", "compose.yaml"):
        (project / name).rename(project / "src" / name)
    run = ("--project", "src")
    assert imagelock(*run, "lock").exit_code == 0
    push_all(hub, "new")
    assert imagelock("fleet", "collect", "src").exit_code == 0
    (project / "imagelock.toml").write_bytes(
        (project / "src/imagelock.toml").read_bytes()
    )
    assert imagelock("fleet", "resolve").exit_code == 0
    update = ("update", "--details", "none", "--answers", "answers.json")

    offline = imagelock("--offline", *run, *update)
    assert offline.exit_code == 3, offline
    assert "no registry is asked for what the answers do not have" in offline.err
    assert imagelock(*run, *update).exit_code == 0
    assert imagelock(*run, "verify").exit_code == 0
