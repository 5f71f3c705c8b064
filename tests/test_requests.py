"""How many requests a run costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.demo.access import Scheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve

from .conftest import AMD64, ARM64, Run

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORIES = 6
TAGS = 5


def test_30_references_of_6_repositories_cost_37_requests(
    project: Path, imagelock: Run
) -> None:
    """One challenge, a token for each repository, and a HEAD for each reference."""
    registry = MemoryRegistry(authentication=Scheme.TOKEN)
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
        assert imagelock("lock").exit_code == 0
        registry.log.clear()

        result = imagelock("update")

    assert "30 images locked, nothing changed" in result.out
    tokens = [line for line in registry.log if "/token" in line]
    assert len(tokens) == REPOSITORIES
    assert len(registry.log) == 1 + REPOSITORIES + REPOSITORIES * TAGS == 37
