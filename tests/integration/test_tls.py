"""A `docker-registry` with a private authority that requires client certificates."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.demo.images import make_image
from imagelock.model.platform import Platform
from tests.integration.conftest import running
from tests.support.certificates import Authority
from tests.support.pushing import push

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.model.digest import Digest

pytestmark = pytest.mark.integration

TLS = """\
  tls:
    certificate: {certificate}
    key: {key}
    clientcas: [{authority}]
"""


@dataclass(frozen=True)
class Guarded:
    """The registry, what it serves, and the certificates that open it."""

    address: str
    digest: Digest
    authority: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority.make(folder)
    certificate, key = authority.issue("server")
    mine, my_key = authority.issue("me")
    context = ssl.create_default_context(cafile=authority.certificate)
    context.load_cert_chain(mine, my_key)
    extra = TLS.format(
        certificate=certificate, key=key, authority=authority.certificate
    )
    with running(folder, extra, context) as registry:
        address = registry.address
        image = make_image([Platform.parse("linux/amd64")])
        url = f"https://{address}"
        digest = push(url, "team/app", "1", image, verify=context)
        yield Guarded(address, digest, authority.certificate, mine, my_key)


@dataclass(frozen=True)
class Desk:
    """A project that uses the image of the registry."""

    folder: Path
    guarded: Guarded

    @classmethod
    def make(cls, folder: Path, guarded: Guarded) -> Desk:
        folder.mkdir()
        (folder / "home").mkdir()
        image = f"{guarded.address}/team/app:1"
        (folder / "compose.yaml").write_text(f"services: {{a: {{image: '{image}'}}}}\n")
        return cls(folder, guarded)

    def lock(
        self, *settings: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `lock` with *settings* of the registry, from a home of its own."""
        head = f'[registries."{self.guarded.address}"]'
        (self.folder / "imagelock.toml").write_text("\n".join([head, *settings]))
        home = {"HOME": str(self.folder / "home"), "XDG_CONFIG_HOME": ""}
        docker = {"DOCKER_CONFIG": str(self.folder), "NO_PROXY": "127.0.0.1"}
        return subprocess.run(
            [sys.executable, "-m", "imagelock", "--project", self.folder, "lock"],
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | home | docker | environment,
        )

    @property
    def locked(self) -> str:
        return (self.folder / "images.lock").read_text()


@pytest.fixture
def desk(tmp_path: Path, guarded: Guarded) -> Desk:
    return Desk.make(tmp_path / "project", guarded)


def mine(guarded: Guarded) -> list[str]:
    return [f"client-cert = '{guarded.certificate}'", f"client-key = '{guarded.key}'"]


def test_the_settings_open_it(desk: Desk, guarded: Guarded) -> None:
    result = desk.lock(f"ca = '{guarded.authority}'", *mine(guarded))

    assert result.returncode == 0, result.stderr
    assert str(guarded.digest) in desk.locked
    assert "warning" not in result.stderr


def test_a_folder_of_certificates_opens_it(desk: Desk, guarded: Guarded) -> None:
    folder = desk.folder / "xdg/containers/certs.d" / guarded.address
    folder.mkdir(parents=True)
    for path in (guarded.authority, guarded.certificate, guarded.key):
        (folder / path.name).write_bytes(path.read_bytes())

    xdg = str(desk.folder / "xdg")
    result = desk.lock("plain-http = false", XDG_CONFIG_HOME=xdg)

    assert result.returncode == 0, result.stderr
    assert str(guarded.digest) in desk.locked


def test_the_environment_names_an_authority(desk: Desk, guarded: Guarded) -> None:
    result = desk.lock(*mine(guarded), SSL_CERT_FILE=str(guarded.authority))

    assert result.returncode == 0, result.stderr


def test_without_its_authority_it_is_not_trusted(desk: Desk, guarded: Guarded) -> None:
    result = desk.lock(*mine(guarded))

    assert result.returncode == 3
    assert "its certificate is not trusted" in result.stderr
    assert "set `ca` for this registry" in result.stderr
    assert not (desk.folder / "images.lock").exists()


def test_without_a_client_certificate_it_stays_shut(
    desk: Desk, guarded: Guarded
) -> None:
    result = desk.lock(f"ca = '{guarded.authority}'")

    assert result.returncode == 3
    assert "it requires a client certificate" in result.stderr
    assert "set `client-cert` and `client-key`" in result.stderr
    assert not (desk.folder / "images.lock").exists()


def test_who_skips_the_check_is_warned_once(desk: Desk, guarded: Guarded) -> None:
    result = desk.lock("skip-verify = true", *mine(guarded))

    assert result.returncode == 0, result.stderr
    warning = f"warning: the certificate of `{guarded.address}` is not checked"
    assert result.stderr.count(warning) == 1


def test_a_file_that_is_no_certificate_is_named(desk: Desk, guarded: Guarded) -> None:
    (desk.folder / "junk.pem").write_text("junk")

    result = desk.lock("ca = 'junk.pem'")

    assert result.returncode == 3
    assert f"junk.pem` for `{guarded.address}`" in result.stderr


def test_the_registry_really_requires_a_certificate(guarded: Guarded) -> None:
    context = ssl.create_default_context(cafile=guarded.authority)
    with (
        httpx.Client(verify=context, trust_env=False) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get(f"https://{guarded.address}/v2/")
