"""The files that a kustomization uses, and what it changes in them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from imagelock.sources.kustomize.build import DEEPEST
from imagelock.sources.kustomize.charts import charts, values_files
from imagelock.sources.kustomize.replacements import replacement_files
from imagelock.sources.kustomize.steps import changes_of, steps_of
from imagelock.sources.relations import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.kustomize.steps import Step


def usages(kustomization: Kustomization, project: KustomizeProject) -> Iterator[Usage]:
    """Yield the files that *kustomization* uses, with the images that it changes.

    What changes the images of a component are the later components, and the steps of
    the kustomization itself.
    """
    own = steps_of(kustomization, project).changes
    components = [each for each in project.components(kustomization) if each]
    steps = [[*_all_steps(component, project)] for component in components]
    changed = changes_of([*chain.from_iterable(steps), *own])
    for path in project.resources(kustomization):
        if path is not None:
            yield Usage(path=path, changed=changed)
    for index, component in enumerate(components):
        later = changes_of([*chain.from_iterable(steps[index + 1 :]), *own])
        yield Usage(path=component.path, changed=later, is_part=True)
    for path in _files(kustomization, project):
        yield Usage(path=path, is_part=True)


def all_parts(
    kustomization: Kustomization, project: KustomizeProject
) -> list[Kustomization]:
    """Return *kustomization* and its components, also those of components."""
    parts = {kustomization.path: kustomization}
    waiting = [kustomization]
    while waiting and len(parts) < DEEPEST:
        for component in project.components(waiting.pop()):
            if component is not None and component.path not in parts:
                parts[component.path] = component
                waiting.append(component)
    return list(parts.values())


def _all_steps(component: Kustomization, project: KustomizeProject) -> Iterator[Step]:
    for each in all_parts(component, project):
        yield from steps_of(each, project).changes


def _files(
    kustomization: Kustomization, project: KustomizeProject
) -> Iterator[PurePosixPath]:
    """Yield the files with patches, plugins, values, and replacements."""
    steps = steps_of(kustomization, project)
    yield from steps.files
    yield from replacement_files(kustomization)
    for _, chart in (*charts(kustomization), *steps.generators.charts):
        yield from values_files(kustomization, chart)
