"""Generated Compose projects: what imagelock finds, and what Compose and BuildKit use."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

from tests.oracles.compose_projects import generate
from tests.oracles.compose_runs import (
    PLATFORMS,
    RefusedError,
    built_names,
    dockerfiles_alone,
    images_of,
    keys,
    own_names,
)
from tests.oracles.running import compose
from tests.oracles.seeds import inputs, seeds
from tests.oracles.written import base_name, identity, write

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.occurrence import Occurrence
    from tests.oracles.compose_projects import Project
    from tests.oracles.judging import Tally
    from tests.oracles.running import Answer

pytestmark = pytest.mark.integration

PROJECTS: Final = 60
SETTINGS: Final = f"platforms = {PLATFORMS}\n"


@pytest.mark.parametrize("seed", seeds())
def test_compose_uses_the_images_that_are_found(
    seed: int, tmp_path: Path, tally: Tally
) -> None:
    projects = {name: generate(random) for name, random in inputs(seed, PROJECTS)}
    roots = {
        name: write(tmp_path / name, project.files | {"imagelock.toml": SETTINGS})
        for name, project in projects.items()
    }
    loaded = compose({"folder": str(root)} for root in roots.values())
    alone = compose(
        {"folder": str(roots[name]), "files": [project.main]}
        for name, project in projects.items()
    )
    for name, answer, first in zip(projects, loaded, alone, strict=True):
        try:
            images = images_of(answer)
        except RefusedError:
            tally.refuse()
            continue
        by_design = Allowed(roots[name], projects[name], answer, first)
        tally.compare(name, roots[name], images, by_design)
    tally.check()


class Allowed:
    """Why an image is found by design although the project does not pull it.

    Each Dockerfile can be built without Compose, and the first file can be used alone,
    as can a file with services that others extend. What a build replaces by a context
    is only looked up where a Dockerfile names it. A Dockerfile may begin with the name
    that its own build gives to the result.
    """

    def __init__(
        self, root: Path, project: Project, whole: Answer, alone: Answer
    ) -> None:
        self.extended = project.extended
        self.names = {base_name(image) for image in keys(images_of(whole))}
        images = dockerfiles_alone(root) - set(built_names(whole["project"]))
        self.own_names = set(own_names(whole["project"], root))
        self.reasons = dict.fromkeys(images, "a Dockerfile alone")
        with suppress(RefusedError):
            images = images_of(alone)
            self.reasons |= dict.fromkeys(keys(images), "the first file alone")

    def __call__(self, occurrence: Occurrence) -> str | None:
        if "additional_contexts" in occurrence.place.location:
            return "a context that no Dockerfile looks up"
        if str(occurrence.place.path) in self.extended:
            name = base_name(str(occurrence.reference))
            return None if name in self.names else "an extended service alone"
        name = identity(occurrence.reference)
        if (str(occurrence.place.path), name) in self.own_names:
            return "the base of an image of the same name"
        return self.reasons.get(name)
