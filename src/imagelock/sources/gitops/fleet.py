"""Charts, values and kustomizations of the bundles of Rancher Fleet: `fleet.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_folder import Part, first_part
from imagelock.sources.helm.listed_values import ListedValues
from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.sources.helm.repository_chart import (
    RepositoryChart,
    repository_chart,
)
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.kustomize.kustomization import NAMES
from imagelock.sources.protocol import About
from imagelock.sources.relations import Usage
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    scalar_at,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.helm.listed_values import Layer
    from imagelock.sources.relations import Relation

ABOUT: Final = About(
    recognised="`fleet.yaml`",
    read="`helm.values`, also of `targetCustomizations`; files of `helm.valuesFiles`;"
    " the chart of `helm.chart` or `helm.repo` from `oci://` at its `version`",
    not_read="the manifests of the bundle, which are read by themselves",
    pinned="behind the version of a chart; in values as in their own files",
    notes="Files of values go over the values in `fleet.yaml`, and those of a target over"
    " both. The chart in `helm.chart`, or in the folder of the bundle, decides if it is"
    " in the project. Each kustomization in `kustomize.dir` is built as it is.",
)
_HELM: Final = ("helm", "targetCustomizations[].helm")
_FOLDERS: Final = ("kustomize.dir", "targetCustomizations[].kustomize.dir")
_FILES: Final = tuple(f"{helm}.valuesFiles[]" for helm in _HELM)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the charts of a bundle, and the images in their values."""
    file = SubstitutedFile(path=path, text=text, format="fleet")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
        elif isinstance(document, Mapping):
            yield from merge_duplicates(_bundle(file, document, context))


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the kustomizations that are built, and the files with values."""
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        for target in _texts(document, *_FOLDERS):
            folder = path_below(path.parent, target)
            paths = (folder / name for name in NAMES) if folder else ()
            for kustomization in paths:
                if context.read(kustomization):
                    yield Usage(path=kustomization)
        for target in _texts(document, *_FILES):
            if values_file := path_below(path.parent, target):
                yield Usage(path=values_file, is_part=True)


def _bundle(
    file: SubstitutedFile, document: Mapping, context: Context
) -> Iterator[Found]:
    """Yield the images of the chart for all targets, and for each that differs."""
    base = document.get("helm")
    below = _layers(file, base, context)
    listed = ListedValues(file, context)
    for number, pattern in enumerate(_HELM):
        for helm in select(NodeRef(document), pattern, VisitLimit()):
            yield from _chart(file, helm, context)
            name = text_at(helm.node, "chart") or text_at(base, "chart")
            chart = chart_in(path_below(file.path.parent, name or "."), context)
            for part in below if number else ():
                chart = chart.above_part(part)
            inline = select(helm, "values", VisitLimit())
            layers: list[Layer] = [*inline, *_files(file, helm.node)]
            yield from listed.images(layers, chart, f"{number} {name}")


def _chart(file: SubstitutedFile, helm: NodeRef, context: Context) -> Iterator[Found]:
    name, repository = text_at(helm.node, "chart"), text_at(helm.node, "repo")
    version = scalar_at(helm.node, "version")
    address = name if is_oci(name) else f"{repository.rstrip('/')}/{name}".rstrip("/")
    if version is None:
        return
    at = NodeRef(version, (helm.path, "version"), helm.node)
    if is_oci(address):
        yield oci_chart(file, address, at)
    elif context.charts and repository:
        yield from repository_chart(file, RepositoryChart(repository, name), at)


def _layers(file: SubstitutedFile, helm: object, context: Context) -> list[Part]:
    """Return the values of *helm*, those that count least first."""
    if not isinstance(helm, Mapping):
        return []
    parts = [first_part(path, context) for path in _files(file, helm)]
    return [Part(file.text, helm.get("values")), *parts]


def _files(file: SubstitutedFile, helm: object) -> list[PurePosixPath]:
    targets = _texts(helm, "valuesFiles[]") if isinstance(helm, Mapping) else ()
    paths = (path_below(file.path.parent, target) for target in targets)
    return [path for path in paths if path]


def _texts(node: object, *patterns: str) -> Iterator[str]:
    if not isinstance(node, Mapping):
        return
    for pattern in patterns:
        for at in select(NodeRef(node), pattern, VisitLimit()):
            if isinstance(at.node, Scalar) and at.node.value:
                yield at.node.value
