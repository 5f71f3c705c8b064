"""The number of requests that a run makes."""

from __future__ import annotations

from itertools import product
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


def registry_of(repositories: int, tags: int) -> MemoryRegistry:
    """Return a registry with tokens, and different images at all tags."""
    registry = MemoryRegistry(authentication=AuthScheme.TOKEN)
    for number, tag in product(range(repositories), range(tags)):
        salt = f"{number}:{tag}"
        registry.push_image(f"team/app-{number}", str(tag), [AMD64, ARM64], salts=salt)
    return registry


def use_all(project: Path, url: str, repositories: int, tags: int) -> None:
    """Write a Compose file with every image of that registry, at *url*."""
    host = url.removeprefix("http://")
    services = "".join(
        f"  s{number}-{tag}:\n    image: {host}/team/app-{number}:{tag}\n"
        for number, tag in product(range(repositories), range(tags))
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")


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
    registry = registry_of(REPOSITORIES, TAGS)
    with serve(registry) as url:
        use_all(project, url, REPOSITORIES, TAGS)
        host = url.removeprefix("http://")
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


def test_300_references_of_300_repositories_cost_601_requests(
    project: Path, imagelock: Run
) -> None:
    """A challenge, and for each reference a token and a request."""
    registry = registry_of(300, 1)
    with serve(registry) as url:
        use_all(project, url, 300, 1)
        for command in ("lock", "verify"):
            registry.log.clear()

            assert imagelock(command).exit_code == 0
            assert len(registry.log) <= 601
