"""The files that a kustomization uses, and what is left of their images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagelock.sources.kustomize.build import DEEPEST, build_of
from imagelock.sources.kustomize.charts import charts, values_files
from imagelock.sources.kustomize.replacements import replacement_files
from imagelock.sources.kustomize.steps import steps_of
from imagelock.sources.relations import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.relations import ManifestImage


@dataclass(frozen=True, slots=True)
class _Remaining:
    """What is left of an image after the build of `kustomization`."""

    kustomization: Kustomization
    project: KustomizeProject

    def __call__(self, image: ManifestImage) -> Iterable[ManifestImage]:
        if not has_changes(self.kustomization, self.project):
            return (image,)
        key = _Remaining, self.kustomization.path, self.kustomization.file.text
        memory = self.project.context.memory
        if key not in memory:
            memory[key] = build_of(self.kustomization, self.project).remaining()
        left: dict[ManifestImage, list[ManifestImage]] = memory[key]
        return left.get(image, (image,))


def usages(kustomization: Kustomization, project: KustomizeProject) -> Iterator[Usage]:
    """Yield the files that *kustomization* uses, with what is left of their images."""
    remaining = _Remaining(kustomization, project)
    for path in project.resources(kustomization):
        if path is not None:
            yield Usage(path=path, remaining=remaining)
    for component in project.components(kustomization):
        if component is not None:
            yield Usage(path=component.path, remaining=remaining, is_part=True)
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


def has_changes(kustomization: Kustomization, project: KustomizeProject) -> bool:
    """Return whether *kustomization*, or a component of it, changes any image."""
    parts = all_parts(kustomization, project)
    return any(steps_of(part, project).changes for part in parts)


def _files(
    kustomization: Kustomization, project: KustomizeProject
) -> Iterator[PurePosixPath]:
    """Yield the files with patches, plugins, values, and replacements."""
    steps = steps_of(kustomization, project)
    yield from steps.files
    yield from replacement_files(kustomization)
    for _, chart in (*charts(kustomization), *steps.generators.charts):
        yield from values_files(kustomization, chart)
