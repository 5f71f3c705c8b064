"""`registries.conf`: imagelock and skopeo pull the same image by the same name."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.client import Registry
from imagelock.registry.endpoints.mirrors.containers import read
from imagelock.registry.settings import Settings
from tests.integration.conftest import need
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
AMD64 = Platform.parse("linux/amd64")
CONF = """
[[registry]]
prefix = "{prefix}"
location = "{origin}/x{rest}"
insecure = true
mirror-by-digest-only = {digests}
[[registry.mirror]]
location = "{mirror}/cache{rest}"
insecure = true
"""


@pytest.mark.parametrize("digests", ["false", "true"])
@pytest.mark.parametrize(
    ("prefix", "rest"),
    [("*.example", ""), ("r.example", ""), ("r.example/team", "/team")],
)
def test_skopeo_goes_the_same_way(
    tmp_path: Path, prefix: str, rest: str, digests: str
) -> None:
    need("skopeo")
    mirror, origin = MemoryRegistry(), MemoryRegistry()
    mirror.push_image("cache/team/app", "1", [AMD64], salts="at the mirror")
    for name in ("app", "only"):
        origin.push_image(f"x/team/{name}", "1", [AMD64], salts="at the origin")
    conf = tmp_path / "registries.conf"
    with serve(mirror) as mirror_url, serve(origin) as origin_url:
        hosts = {
            "mirror": mirror_url.removeprefix("http://"),
            "origin": origin_url.removeprefix("http://"),
        }
        conf.write_text(CONF.format(prefix=prefix, rest=rest, digests=digests, **hosts))
        settings = Settings(mirrors=read(conf, ()))
        for name in ("app", "only"):
            reference = f"r.example/team/{name}:1"
            with Registry(settings, GivenKeychain({})) as client:
                found = client.digest(Reference.parse(reference))
            assert str(found) == inspected(conf, reference)


def inspected(conf: Path, reference: str) -> str:
    """Return the digest that skopeo finds."""
    options = ["inspect", "--no-tags", "--format", "{{.Digest}}"]
    command = ["skopeo", "--registries-conf", str(conf), *options]
    done = subprocess.run(
        [*command, f"docker://{reference}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
