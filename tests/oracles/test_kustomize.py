"""Generated trees of kustomizations: what imagelock finds, and what Kustomize builds."""

from __future__ import annotations

import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.oracles.kustomize_trees import generate
from tests.oracles.seeds import inputs, seeds
from tests.oracles.workloads import all_documents, images_of
from tests.oracles.written import base_name, write
from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from imagelock.model.occurrence import Occurrence
    from tests.oracles.judging import Tally
    from tests.oracles.kustomize_layers import Tree

pytestmark = pytest.mark.integration

TREES: Final = 25
COPY: Final = "kustomize", "replacements"


@pytest.mark.parametrize("seed", seeds())
def test_kustomize_builds_the_images_that_are_found(
    seed: int, tmp_path: Path, tally: Tally
) -> None:
    build = [need("kubectl"), "kustomize"] if seed % 2 else [need("kustomize"), "build"]
    for name, random in inputs(seed, TREES):
        tree = generate(random)
        root = write(tmp_path / name, tree.files)
        pulled = set(images_of([built(build, root / path) for path in roots(tree)]))
        # A replacement is skipped where it is, and not at the image that it copies.
        owners = {base_name(image): COPY for image in tree.copied}
        tally.compare(name, root, pulled, by_design(tree), owners)
    tally.check()


def built(build: list[str], folder: Path) -> list[Any]:
    """Return the objects that Kustomize builds from *folder*."""
    done = subprocess.run([*build, folder], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return all_documents(done.stdout)


def by_design(tree: Tree) -> Callable[[Occurrence], str | None]:
    """Return why an image is found: where it is written, even if a layer overrides it."""
    overridden = {base_name(image) for image in tree.overridden}

    def reason(occurrence: Occurrence) -> str | None:
        name = base_name(str(occurrence.reference))
        return "overridden by a layer above" if name in overridden else None

    return reason


def roots(tree: Tree) -> Iterator[str]:
    """Yield the folders of the kustomizations that no other includes."""
    folders = {
        str(PurePosixPath(path).parent): yaml.safe_load(text)
        for path, text in tree.files.items()
        if path.endswith(("kustomization.yaml", "Kustomization"))
    }
    included = {
        resource.removeprefix("../../")
        for content in folders.values()
        for key in ("resources", "bases", "components")
        for resource in content.get(key, [])
    }
    yield from sorted(folders.keys() - included)
