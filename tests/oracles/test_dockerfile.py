"""Generated Dockerfiles: what imagelock finds, and what BuildKit asks a registry for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oracles.dockerfiles import generate
from tests.oracles.running import buildkit
from tests.oracles.seeds import inputs, seeds
from tests.oracles.written import write

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.occurrence import Occurrence
    from tests.oracles.judging import Tally

pytestmark = pytest.mark.integration

DOCKERFILES = 150
PLATFORMS = ["linux/amd64", "linux/arm64"]
SETTINGS = f"platforms = {PLATFORMS}\n"


@pytest.mark.parametrize("seed", seeds())
def test_buildkit_asks_for_the_images_that_are_found(
    seed: int, tmp_path: Path, tally: Tally
) -> None:
    texts = {name: generate(random) for name, random in inputs(seed, DOCKERFILES)}
    builds = [{"dockerfile": t, "platforms": PLATFORMS} for t in texts.values()]

    for name, answer in zip(texts, buildkit(builds), strict=True):
        if "error" in answer:
            tally.refuse()
            continue
        files = {"Dockerfile": texts[name], "imagelock.toml": SETTINGS}
        root = write(tmp_path / name, files)
        tally.compare(name, root, answer.get("images", []), by_design)
    tally.check()


def by_design(occurrence: Occurrence) -> str | None:
    """`ONBUILD` is for the builds that use the image as their base."""
    return "ONBUILD" if occurrence.place.location.startswith("ONBUILD") else None
