"""The files that a kustomization uses, and what their images are afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.kustomize.build import DEEPEST, build_of
from imagelock.sources.kustomize.charts import charts, values_files
from imagelock.sources.kustomize.steps import steps_of
from imagelock.sources.relations import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.relations import RemainingImages


def usages(kustomization: Kustomization, project: KustomizeProject) -> Iterator[Usage]:
    """Yield the files that *kustomization* uses, and whether it changes their images."""
    changes = has_changes(kustomization, project)
    for path in project.resources(kustomization):
        if path is not None:
            yield Usage(path=path, changes_images=changes)
    for component in project.components(kustomization):
        if component is not None:
            yield Usage(path=component.path, changes_images=changes, is_part=True)
    for path in _files(kustomization, project):
        yield Usage(path=path, is_part=True)


def files_of(
    kustomization: Kustomization, project: KustomizeProject
) -> Iterator[PurePosixPath]:
    """Yield the files that are parts of *kustomization*, those of components as well."""
    for component in project.components(kustomization):
        if component is not None:
            yield component.path
    yield from _files(kustomization, project)


def remaining_images(
    kustomization: Kustomization, project: KustomizeProject
) -> RemainingImages:
    """Return what the images are that the build of *kustomization* changes."""
    if not has_changes(kustomization, project):
        return {}
    remaining = build_of(kustomization, project).remaining()
    return {image: tuple(left) for image, left in remaining.items() if left != [image]}


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


def has_changes(kustomization: Kustomization, project: KustomizeProject) -> bool:
    """Return whether *kustomization*, or a component of it, changes any image."""
    parts = all_parts(kustomization, project)
    return any(steps_of(part, project).change_images for part in parts)


def _files(
    kustomization: Kustomization, project: KustomizeProject
) -> Iterator[PurePosixPath]:
    """Yield the files with patches, plugins, values, and replacements."""
    steps = steps_of(kustomization, project)
    yield from steps.files
    for _, chart in (*charts(kustomization), *steps.generators.charts):
        yield from values_files(kustomization, chart)
