"""`mirrors`, from the command line, over real connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64, ARM64, Run

if TYPE_CHECKING:
    from pathlib import Path

CONTAINERS = """
[[registry]]
location = "registry.example"
[[registry.mirror]]
location = "{host}/cache"
insecure = true
"""
CONTAINERD = """
[host."{url}/v2/cache"]
override_path = true
"""


def set_up(project: Path, program: str, url: str) -> None:
    """Use an image of a registry that does not exist, and its mirror at *url*."""
    folder = project / "certs.d"
    (folder / "registry.example").mkdir(parents=True)
    host = url.removeprefix("http://")
    (project / "registries.conf").write_text(CONTAINERS.format(host=host))
    (folder / "registry.example" / "hosts.toml").write_text(CONTAINERD.format(url=url))
    path = {"containers": "registries.conf", "containerd": "certs.d"}[program]
    (project / "imagelock.toml").write_text(
        f'mirrors = "{program}"\nmirrors-path = "{path}"\n'
    )
    (project / "compose.yaml").write_text(
        "services:\n  app:\n    image: registry.example/team/app:1\n"
    )


@pytest.mark.parametrize("program", ["containers", "containerd"])
def test_the_lockfile_has_the_name_of_the_registry(
    project: Path, imagelock: Run, program: str
) -> None:
    memory = MemoryRegistry()
    digest = memory.push_image("cache/team/app", "1", [AMD64, ARM64])
    with serve(memory) as url:
        set_up(project, program, url)
        result = imagelock("lock")
        doctor = imagelock("doctor")

    assert result.exit_code == 0, result
    text = (project / "images.lock").read_text()
    assert "registry.example/team/app:1" in text
    assert str(digest) in text
    assert "127.0.0.1" not in text
    assert f"{url}/" in doctor.out
    assert "/cache\n  TLS         no, plain http\n" in doctor.out


def test_files_of_others_are_read_only_when_asked_for(
    project: Path, imagelock: Run
) -> None:
    with serve(MemoryRegistry()) as url:
        set_up(project, "containers", url)
        (project / "registries.conf").write_text("[[")
        broken = imagelock("lock")
        offline = imagelock("verify", "--offline")
        (project / "imagelock.toml").write_text('mirrors = "docker"\n')
        unknown = imagelock("lock")

    assert broken.exit_code == 2
    assert "cannot use `" in broken.err
    assert offline.exit_code == 1
    assert unknown.exit_code == 2
    assert "imagelock.toml:1:11: error: `mirrors` cannot be `docker`" in unknown.err
