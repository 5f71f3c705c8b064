"""The number of requests that a run makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64, ARM64, Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REPOSITORIES = 6
TAGS = 5


@pytest.mark.parametrize(("shared", "tokens"), [(False, REPOSITORIES), (True, 1)])
@pytest.mark.parametrize(
    ("command", "requests"),
    [(["lock"], 1), (["update"], 1), (["verify"], 1), (["verify", "--deep"], 3)],
)
def test_30_references_of_6_repositories_cost_37_requests_or_32(
    project: Path,
    imagelock: Run,
    command: Sequence[str],
    requests: int,
    *,
    shared: bool,
    tokens: int,
) -> None:
    """A challenge, a token per repository or for all, and a request each reference.

    `verify --deep` asks for the manifests of its two platforms, too.
    """
    registry = MemoryRegistry(authentication=AuthScheme.TOKEN)
    names = [f"team/app-{number}" for number in range(REPOSITORIES)]
    for name in names:
        for tag in range(TAGS):
            registry.push_image(name, str(tag), [AMD64, ARM64], salts=f"{name}:{tag}")
    with serve(registry) as url:
        host = url.removeprefix("http://")
        images = [f"{host}/{name}:{tag}" for name in names for tag in range(TAGS)]
        services = "".join(
            f"  s{number}:\n    image: {image}\n" for number, image in enumerate(images)
        )
        (project / "compose.yaml").write_text(f"services:\n{services}")
        setting = f'[registries."{host}"]\nshared-token = {str(shared).lower()}\n'
        (project / "imagelock.toml").write_text(setting)
        if command != ["lock"]:
            assert imagelock("lock").exit_code == 0
        registry.log.clear()

        result = imagelock(*command)

    assert result.exit_code == 0
    assert len([line for line in registry.log if "/token" in line]) == tokens
    assert len(registry.log) == 1 + tokens + REPOSITORIES * TAGS * requests
    if requests == 1:
        assert len(registry.log) == (32 if shared else 37)
