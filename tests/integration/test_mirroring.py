"""Exported lists of copies, carried out by skopeo between two `docker-registry` servers."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image, make_manifest
from imagelock.model.digest import Digest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.integration.conftest import running
from tests.support.keychain import GivenKeychain
from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Run
    from tests.integration.conftest import DockerRegistry

pytestmark = pytest.mark.integration

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
S390X = Platform.parse("linux/s390x")
TLS = "--dest-tls-verify=false"


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[DockerRegistry]:
    """A second registry, which is empty."""
    need("skopeo")
    (tmp_path / "mirror").mkdir()
    with running(tmp_path / "mirror") as registry:
        yield registry


@pytest.fixture
def shop(project: Path, docker_registry: DockerRegistry, imagelock: Run) -> Path:
    """A locked project with an index, a manifest, and a reference by digest."""
    host = docker_registry.address
    docker_registry.push(
        "team/index", "1", make_image([AMD64, ARM64, S390X], attested=True)
    )
    docker_registry.push("single", "2", make_manifest(AMD64))
    digest = docker_registry.push("team/index", "old", make_image([AMD64], salts="old"))
    (project / "compose.yaml").write_text(
        "services:\n"
        f"  a: {{image: {host}/team/index:1}}\n"
        f"  b: {{image: {host}/single:2}}\n"
        f"  c: {{image: '{host}/team/index@{digest}'}}\n"
    )
    assert imagelock("lock").exit_code == 0
    return project


def exported(imagelock: Run, *arguments: str) -> str:
    result = imagelock("export", *arguments)
    assert result.exit_code == 0, result
    return result.out


def digests(imagelock: Run, *options: str) -> dict[Reference, list[Digest]]:
    """Return what the lock has, by reference: all digests with *options*."""
    images = json.loads(exported(imagelock, "json"))["images"]
    return {
        Reference.parse(image["reference"]): [
            Digest.parse(digest)
            for digest in (
                [platform["digest"] for platform in image["platforms"]]
                if options
                else [image["digest"]]
            )
        ]
        for image in images
    }


def run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def served(mirror: DockerRegistry, repository: str, digest: Digest) -> bool:
    with RegistryClient(ClientSettings(), GivenKeychain({})) as client:
        name = Reference.parse(f"{mirror.address}/{repository}:any")
        return client.serves(name, digest)


def test_lock_agrees_with_a_mirror_made_by_skopeo_copy(
    shop: Path, docker_registry: DockerRegistry, mirror: DockerRegistry, imagelock: Run
) -> None:
    lock = shop / "images.lock"
    before = lock.read_text()
    script = exported(imagelock, "skopeo-copy", "--to", mirror.address)
    (shop / "copy.sh").write_text(script)

    run("sh", "copy.sh", "--quiet", TLS)
    (shop / "imagelock.toml").write_text(
        f'[registries."{docker_registry.address}"]\n'
        f'mirror = "{mirror.url}"\nresolve-from-mirror = true\n'
    )
    lock.unlink()
    assert imagelock("lock").exit_code == 0
    assert lock.read_text() == before
    assert imagelock("verify").exit_code == 0
    # By their names there, too.
    text = (shop / "compose.yaml").read_text()
    moved = text.replace(docker_registry.address, mirror.address)
    (shop / "compose.yaml").write_text(moved)
    assert imagelock("lock").exit_code == 0
    assert lock.read_text() == before.replace(docker_registry.address, mirror.address)


@pytest.mark.parametrize("options", [(), ("--declared-platforms",)])
@pytest.mark.usefixtures("shop")
def test_skopeo_copies_what_is_listed(
    mirror: DockerRegistry, imagelock: Run, options: tuple[str, ...]
) -> None:
    script = exported(
        imagelock, "skopeo-copy", "--to", f"{mirror.address}/all", *options
    )

    run("sh", "-c", script, "copy", "--quiet", TLS)
    for reference, listed in digests(imagelock, *options).items():
        for digest in listed:
            assert served(mirror, f"all/{reference.repository}", digest)


@pytest.mark.parametrize("options", [(), ("--declared-platforms",)])
def test_skopeo_syncs_what_is_listed(
    shop: Path, mirror: DockerRegistry, imagelock: Run, options: tuple[str, ...]
) -> None:
    """It keeps no tags, and of the repository only the last part of its name."""
    (shop / "sync.yml").write_text(exported(imagelock, "skopeo", *options))

    run(
        *("skopeo", "sync", "--all", "--preserve-digests", TLS),
        *("--src", "yaml", "--dest", "docker", "sync.yml", mirror.address),
    )
    for reference, listed in digests(imagelock, *options).items():
        for digest in listed:
            assert served(mirror, reference.repository.rpartition("/")[2], digest)
