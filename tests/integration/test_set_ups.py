"""The command line against `docker-registry`, set up as companies do."""

from __future__ import annotations

import base64
import json
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image, make_manifest
from imagelock.model.image import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from tests.conftest import AMD64, ARM64, Run
from tests.integration.conftest import running
from tests.integration.token_server import token_server
from tests.support.programs import need

if TYPE_CHECKING:
    from imagelock.model.digest import Digest
    from tests.integration.conftest import DockerRegistry

pytestmark = pytest.mark.integration

PASSWORD = "s3cret:word"
WRONG = "wr0ng:word"
IMAGES = {
    OCI_INDEX: make_image([AMD64, ARM64], salts="set-up"),
    OCI_MANIFEST: make_manifest(ARM64, salt="set-up"),
    DOCKER_LIST: make_image([AMD64, ARM64], salts="set-up", docker=True),
    DOCKER_MANIFEST: make_manifest(ARM64, salt="set-up", docker=True),
}


@pytest.fixture
def pushed(docker_registry: DockerRegistry) -> dict[str, Digest]:
    """The digests of an image of every kind, by its tag."""
    return {
        f"kind-{number}": docker_registry.push(
            "set-ups/app", f"kind-{number}", generated
        )
        for number, generated in enumerate(IMAGES.values())
    }


def use(project: Path, address: str, tags: dict[str, Digest]) -> None:
    services = "".join(
        f"  {tag}:\n    image: {address}/set-ups/app:{tag}\n" for tag in tags
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")


def locked(project: Path) -> dict[str, str]:
    """Return the locked digests by tag."""
    images = tomllib.loads((project / "images.lock").read_text())["image"]
    return {image["reference"].rpartition(":")[2]: image["digest"] for image in images}


def log_in(address: str, password: str) -> None:
    folder = Path.home() / ".docker"
    folder.mkdir(exist_ok=True)
    auth = base64.b64encode(f"alice:{password}".encode()).decode()
    auths = {"auths": {address: {"auth": auth}}}
    (folder / "config.json").write_text(json.dumps(auths))


def check_password(
    project: Path, run: Run, address: str, pushed: dict[str, Digest]
) -> None:
    """Check that the right password locks, and that a wrong one is an error."""
    use(project, address, pushed)
    log_in(address, WRONG)
    refused = run("lock")

    assert refused.exit_code == 3
    assert f"renew them with `docker login {address}`" in refused.err
    assert WRONG not in str(refused)
    assert not (project / "images.lock").exists()

    log_in(address, PASSWORD)
    assert run("lock").exit_code == 0
    assert locked(project) == {tag: str(digest) for tag, digest in pushed.items()}
    assert run("doctor").exit_code == 0


def test_a_registry_with_passwords(
    docker_registry: DockerRegistry,
    pushed: dict[str, Digest],
    project: Path,
    imagelock: Run,
    tmp_path: Path,
) -> None:
    need("htpasswd")
    file = tmp_path / "htpasswd"
    generated = subprocess.run(
        ["htpasswd", "-nbB", "alice", PASSWORD],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    file.write_text(generated.stdout)
    more = f"auth: {{htpasswd: {{realm: tests, path: {file}}}}}\n"

    with running(docker_registry.folder, more) as registry:
        check_password(project, imagelock, registry.address, pushed)
        assert "asks for a password" in imagelock("doctor").out


def test_a_registry_with_tokens(
    docker_registry: DockerRegistry,
    pushed: dict[str, Digest],
    project: Path,
    imagelock: Run,
    tmp_path: Path,
) -> None:
    need("openssl")
    with (
        token_server(tmp_path, {"alice": PASSWORD}) as tokens,
        running(docker_registry.folder, tokens.configuration) as registry,
    ):
        check_password(project, imagelock, registry.address, pushed)
        assert "asks for a token" in imagelock("doctor").out

    assert tokens.scopes == ["repository:set-ups/app:pull"]


def test_a_pull_through_cache(
    docker_registry: DockerRegistry,
    pushed: dict[str, Digest],
    project: Path,
    imagelock: Run,
    tmp_path: Path,
) -> None:
    """The cache replaces the registry, whose name is in the lockfile."""
    use(project, "registry.example.com", pushed)
    proxy = f"proxy: {{remoteurl: '{docker_registry.url}'}}\n"

    with running(tmp_path, proxy) as cache:
        (project / "imagelock.toml").write_text(
            '[registries."registry.example.com"]\n'
            f'mirror = "{cache.url}"\nresolve-from-mirror = true\n'
        )
        result = imagelock("lock")

    assert result.exit_code == 0, result
    assert locked(project) == {tag: str(digest) for tag, digest in pushed.items()}
    assert cache.address not in (project / "images.lock").read_text()


def test_skopeo_agrees_on_the_digest_of_every_kind(
    docker_registry: DockerRegistry,
    pushed: dict[str, Digest],
    project: Path,
    imagelock: Run,
) -> None:
    need("skopeo")
    use(project, docker_registry.address, pushed)
    assert imagelock("lock").exit_code == 0

    for tag, digest in locked(project).items():
        name = f"docker://{docker_registry.address}/set-ups/app:{tag}"
        seen = subprocess.run(
            [
                *("skopeo", "--override-os=linux", "--override-arch=arm64"),
                *("inspect", "--no-tags", "--tls-verify=false"),
                *("--format={{.Digest}}", name),
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert seen.stdout.strip() == digest
