"""What the transformers and generators of a kustomization do, as far as images go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Reason
from imagelock.sources.kubernetes.functions import function_images
from imagelock.sources.kustomize.fields import NameFields
from imagelock.sources.kustomize.kustomization import is_kustomization
from imagelock.sources.kustomize.patches import is_path, patch_at
from imagelock.sources.kustomize.replacements import Replacements, copies
from imagelock.sources.shared.embedded import EmbeddedFile, distinct
from imagelock.sources.shared.kustomize_images import ImageEntry
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.kustomize.patches import Patch
    from imagelock.sources.kustomize.replacements import Copying
    from imagelock.sources.relations import Pairs
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.tree import Node

_WITHOUT_IMAGES: Final = frozenset(
    {
        "AnnotationsTransformer",
        "ConfigMapGenerator",
        "HashTransformer",
        "LabelTransformer",
        "NamespaceTransformer",
        "ReplicaCountTransformer",
        "SecretGenerator",
        "SortOrderTransformer",
    }
)
"""Kinds of Kustomize's own plugins that neither add nor change an image."""

_NAMING: Final = frozenset({"PrefixTransformer", "SuffixTransformer"})
_PATCHING: Final = frozenset(
    {"PatchJson6902Transformer", "PatchStrategicMergeTransformer", "PatchTransformer"}
)
_PATCHES: Final = (
    "path",
    "paths[]",
    "patch",
    "patches",
    "patches[]",
    "jsonOp",
)


@dataclass(frozen=True, slots=True)
class Renaming:
    """An entry, and where it looks for its name; by default, as the kustomization says."""

    entry: ImageEntry
    fields: NameFields | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """What a kustomization puts around the names of objects."""

    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, node: Node, prefix: str, suffix: str) -> Naming:
        """Return what the keys *prefix* and *suffix* of *node* say."""
        return cls(text_at(node, prefix), text_at(node, suffix))


@dataclass(frozen=True, slots=True)
class Labelling:
    """The labels and annotations that a kustomization adds to objects."""

    labels: Pairs = ()
    annotations: Pairs = ()


@dataclass(frozen=True, slots=True)
class KustomizePlugins:
    """The plugins of a kustomization: what they do, and the files that have them.

    `steps` are what changes images, in its order. `charts` are generators that
    render charts, and `replacements` those of all transformers that copy values.
    `functions` are the images of containers that are run, and `unknown` are plugins that can do anything.
    """

    steps: list[Renaming | Naming | Patch | Copying] = field(default_factory=list)
    charts: list[tuple[SubstitutedFile, NodeRef]] = field(default_factory=list)
    replacements: Replacements = field(default_factory=Replacements)
    files: list[PurePosixPath] = field(default_factory=list)
    broken: list[Found] = field(default_factory=list)
    functions: list[Found] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def plugins_of(
    kustomization: Kustomization, key: str, project: KustomizeProject
) -> KustomizePlugins:
    """Return the plugins in the list *key*: `transformers`, or `generators`."""
    reader = _PluginReader(kustomization, project)
    for at in distinct(kustomization.select(f"{key}[]")):
        if isinstance(at.node, Scalar) and at.node.value.strip():
            reader.add(at, at.node.value)
    return reader.plugins


@dataclass(frozen=True, slots=True)
class _PluginReader:
    """Reads the plugins that `base` lists. All paths in them are those of `base`."""

    base: Kustomization
    project: KustomizeProject
    plugins: KustomizePlugins = field(default_factory=KustomizePlugins)

    def add(self, at: NodeRef, value: str) -> None:
        """Add the plugins in the text *value*, or in the file or folder that it names."""
        if is_path(value):
            self._add_file(value)
        elif inner := EmbeddedFile.of(self.base.file, at):
            self._add_documents(inner)
            self._add_functions(inner)
        else:
            detail = "a text inside the text, which cannot be followed to its place"
            skipped = self.base.file.skip(at, Reason.UNPARSEABLE, detail)
            self.plugins.broken.append(skipped)

    def _add_file(self, target: str) -> None:
        waiting = [self.project.file(self.base, target)]
        while waiting:
            path = waiting.pop(0)
            if path in self.plugins.files:
                continue
            text = self.project.context.read(path) if path else None
            if path is None or text is None:
                self.plugins.unknown.append(target)
                continue
            self.plugins.files.append(path)
            inner = self.project.kustomization(path) if is_kustomization(path) else None
            if inner:
                waiting += self.project.resources(inner)
            else:
                self._add_documents(replace(self.base.file, path=path, text=text))

    def _add_documents(self, file: SubstitutedFile) -> None:
        for document in documents(file.text):
            if isinstance(document, Broken):
                self.plugins.broken.extend(file.broken(document))
            else:
                self._add_plugin(file, NodeRef(document))

    def _add_functions(self, file: SubstitutedFile) -> None:
        """Add the images of functions in a text; files are read by themselves."""
        for document in documents(file.text):
            if not isinstance(document, Broken):
                self.plugins.functions.extend(function_images(file, NodeRef(document)))

    def _add_plugin(self, file: SubstitutedFile, top: NodeRef) -> None:
        kind = text_at(top.node, "kind")
        if kind == "ImageTagTransformer":
            fields = NameFields.of(select(top, "fieldSpecs[]", VisitLimit()))
            for at in select(top, "imageTag", VisitLimit()):
                self.plugins.steps.append(Renaming(ImageEntry.of(file, at), fields))
        elif kind in _NAMING:
            self.plugins.steps.append(Naming.of(top.node, "prefix", "suffix"))
        elif kind in _PATCHING:
            self.plugins.steps.extend(self._patches(file, top))
        elif kind == "HelmChartInflationGenerator":
            self.plugins.charts.append((file, top))
        elif kind == "ReplacementTransformer":
            replacements = Replacements()
            replacements.add(file, top, "replacements[].targets[]")
            self.plugins.steps.extend(copies(replacements))
            self.plugins.replacements.targets.extend(replacements.targets)
        elif kind not in _WITHOUT_IMAGES:
            self.plugins.unknown.append(kind)

    def _patches(self, file: SubstitutedFile, top: NodeRef) -> Iterator[Patch]:
        for pattern in _PATCHES:
            for at in select(top, pattern, VisitLimit()):
                yield from patch_at(self.base, file, at, self.project.context)
