"""The steps of a kustomization: its patches, entries of `images`, and plugins."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.sources.kubernetes.manifest_images import pairs_at
from imagelock.sources.kustomize.fields import NameFields
from imagelock.sources.kustomize.patches import LATE_PATCHES, PATCHES, Patch, patches
from imagelock.sources.kustomize.plugins import (
    KustomizePlugins,
    Labelling,
    Naming,
    Renaming,
    plugins_of,
)
from imagelock.sources.kustomize.replacements import (
    Copying,
    Replacements,
    copies,
    replacements_of,
)
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizationPart,
        KustomizeProject,
    )

Step = Patch | Renaming | Naming | Labelling | Copying


@dataclass(frozen=True, slots=True)
class Steps:
    """What a kustomization itself does to images.

    `changes` are in its order, those of its transformers at the end. `fields` are
    more places of images, by its `configurations`.
    """

    changes: tuple[Step, ...]
    replacements: Replacements
    transformers: KustomizePlugins
    generators: KustomizePlugins
    fields: NameFields
    has_charts: bool

    @property
    def adds_unknown_objects(self) -> bool:
        """Whether there may be images that no manifest of the project has."""
        unknown = self.transformers.unknown or self.generators.unknown
        return bool(self.has_charts or self.generators.charts or unknown)

    @property
    def change_images(self) -> bool:
        """Whether a step does more than name objects."""
        return any(not isinstance(step, Naming | Labelling) for step in self.changes)

    @property
    def files(self) -> Iterator[PurePosixPath]:
        """The files that are a part of it: with patches, replacements, and plugins."""
        yield from self.replacements.files
        yield from self.transformers.files
        yield from self.generators.files
        for step in self.changes:
            if isinstance(step, Patch) and step.path:
                yield step.path


def steps_of(kustomization: Kustomization, project: KustomizeProject) -> Steps:
    """Return the steps of *kustomization*, without those of its components."""
    key = steps_of, kustomization.key
    return project.context.memory.remember(key, lambda: _read(kustomization, project))


def _read(kustomization: Kustomization, project: KustomizeProject) -> Steps:
    replacements = replacements_of(kustomization, project.context)
    transformers = plugins_of(kustomization, "transformers", project)
    return Steps(
        (
            *patches(kustomization, PATCHES, project.context),
            *(
                Naming.of(layer.top.node, "namePrefix", "nameSuffix")
                for layer in kustomization.layers
            ),
            *map(_labelling, kustomization.layers),
            *patches(kustomization, LATE_PATCHES, project.context),
            *map(Renaming, kustomization.entries()),
            *copies(replacements),
            *transformers.steps,
        ),
        replacements,
        transformers,
        plugins_of(kustomization, "generators", project),
        _configured(kustomization, project),
        has_charts=any(True for _ in kustomization.select("helmCharts[]")),
    )


def _labelling(layer: KustomizationPart) -> Labelling:
    """Return the labels and annotations that *layer* adds to objects."""
    nodes = [at.node for at in layer.select("labels[]")]
    labels = [pairs_at(node, "pairs") for node in nodes]
    common = pairs_at(layer.top.node, "commonLabels")
    return Labelling(
        (*common, *chain.from_iterable(labels)),
        pairs_at(layer.top.node, "commonAnnotations"),
    )


def _configured(kustomization: Kustomization, project: KustomizeProject) -> NameFields:
    """Return the fields of images in the files of `configurations`."""
    specs: list[NodeRef] = []
    for target in kustomization.targets("configurations[]"):
        path = kustomization.beside(target)
        text = project.context.read(path) if path else None
        for document in documents(text) if text else ():
            if not isinstance(document, Broken):
                specs += select(NodeRef(document), "images[]", VisitLimit())
    return NameFields.of(specs)
