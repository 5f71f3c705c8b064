from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.programs import need
from tests.support.pushing import push

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.demo.images import TinyImage
    from imagelock.model.digest import Digest

PROGRAM = "docker-registry"
START_SECONDS = 30
CONFIGURATION = """\
version: 0.1
log: {{level: error}}
storage:
  filesystem: {{rootdirectory: {folder}/data}}
  delete: {{enabled: true}}
http:
  addr: {address}
{more}"""


@dataclass(frozen=True)
class DockerRegistry:
    """A running `docker-registry`, at `address`, which is a `host:port`.

    Its files are in `folder`, where a second registry can serve them, too.
    """

    address: str
    folder: Path

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def push(self, repository: str, tag: str, image: TinyImage) -> Digest:
        """Push *image* and tag it; return its digest."""
        return push(self.url, repository, tag, image)

    def delete(self, repository: str, digest: Digest) -> None:
        """Delete the manifest at *digest*, and the tags that point to it."""
        url = f"{self.url}/v2/{repository}/manifests/{digest}"
        httpx.delete(url, trust_env=False).raise_for_status()


@pytest.fixture(scope="session")
def docker_registry(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DockerRegistry]:
    """The real `docker-registry` of Debian, empty, with deletion enabled."""
    with running(tmp_path_factory.mktemp("docker-registry")) as registry:
        yield registry


@contextmanager
def running(
    folder: Path, more: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[DockerRegistry]:
    """Run a registry whose files are in *folder*; *more* is further configuration.

    *tls* is to speak to it, where *more* has it speak TLS.
    """
    program = need(PROGRAM)
    address = f"127.0.0.1:{_free_port()}"
    name = address.rpartition(":")[2]
    file, output = folder / f"{name}.yml", folder / f"{name}.log"
    file.write_text(CONFIGURATION.format(folder=folder, address=address, more=more))
    with output.open("wb") as log:
        process = subprocess.Popen([program, "serve", file], stdout=log, stderr=log)
    try:
        _wait(process, address, output, tls)
        yield DockerRegistry(address, folder)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


def _wait(
    process: subprocess.Popen[bytes],
    address: str,
    log: Path,
    tls: ssl.SSLContext | None,
) -> None:
    """Return when the registry answers; fail with its log if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            url = f"{'https' if tls else 'http'}://{address}/v2/"
            httpx.get(url, trust_env=False, verify=tls or True)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"`{PROGRAM}` does not answer: {log.read_text()}")
