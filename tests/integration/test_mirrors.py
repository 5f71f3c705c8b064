"""`registries.conf`: imagelock and skopeo resolve the same names to the same image."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.endpoints.mirrors.containers import read_registries_conf
from imagelock.registry.settings import ClientSettings
from tests.support.keychain import GivenKeychain
from tests.support.programs import need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
AMD64 = Platform.parse("linux/amd64")
CONF = """
[[registry]]
prefix = "{prefix}"
location = "{origin}/x{suffix}"
insecure = true
mirror-by-digest-only = {digests}
[[registry.mirror]]
location = "{mirror}/cache{suffix}"
insecure = true
"""


@pytest.mark.parametrize("digests", ["false", "true"])
@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [("*.example", ""), ("r.example", ""), ("r.example/team", "/team")],
)
def test_skopeo_goes_the_same_way(
    tmp_path: Path, prefix: str, suffix: str, digests: str
) -> None:
    need("skopeo")
    mirror, origin = MemoryRegistry(), MemoryRegistry()
    mirror.push_image("cache/team/app", "1", [AMD64], salts="at the mirror")
    for name in ("app", "only"):
        origin.push_image(f"x/team/{name}", "1", [AMD64], salts="at the origin")
    conf = tmp_path / "registries.conf"
    with serve(mirror) as mirror_url, serve(origin) as other:
        hosts = {
            "mirror": mirror_url.removeprefix("http://"),
            "origin": other.removeprefix("http://"),
        }
        conf.write_text(
            CONF.format(prefix=prefix, suffix=suffix, digests=digests, **hosts)
        )
        settings = ClientSettings(mirrors=read_registries_conf(conf, ()))
        for name in ("app", "only"):
            reference = f"r.example/team/{name}:1"
            with RegistryClient(settings, GivenKeychain({})) as client:
                digest = client.digest(Reference.parse(reference))
            assert str(digest) == inspected(conf, reference)


def inspected(conf: Path, reference: str) -> str:
    """Return the digest that skopeo finds."""
    options = ["inspect", "--no-tags", "--format", "{{.Digest}}"]
    command = ["skopeo", "--registries-conf", str(conf), *options]
    done = subprocess.run(
        [*command, f"docker://{reference}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
