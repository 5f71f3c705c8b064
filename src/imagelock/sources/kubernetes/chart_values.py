"""Values of Helm charts in Kubernetes objects, for a controller to install.

`HelmRelease` of Flux, `Application` and `ApplicationSet` of Argo CD, `HelmChart`
and `HelmChartConfig` of k3s, `Release` of Crossplane. Flux also replaces images:
in `images` of its `Kustomization`, and of `postRenderers` of a `HelmRelease`; so
does Argo CD in `kustomize.images`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.helm.images import images, values
from imagelock.sources.helm.listed_values import ListedValues, text_part, used_values
from imagelock.sources.helm.sets import images_at, set_places
from imagelock.sources.helm.values_chart import UNKNOWN_CHART, chart_in
from imagelock.sources.kubernetes.chart_kinds import ARGO_SOURCES, CHART_VALUES, kind_of
from imagelock.sources.kubernetes.registry_charts import registry_charts
from imagelock.sources.kubernetes.values_files import chart_folder, values_files
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.sources.shared.kustomize_images import image_entry
from imagelock.sources.shared.set_values import unless_set
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.paths import VisitLimit, dotted, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.helm.listed_values import Layer
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.kubernetes.chart_kinds import Install
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_IMAGES: Final = (
    "spec.images[]",
    "spec.postRenderers[].kustomize.images[]",
    *(f"{at}.kustomize.images[]" for at in ARGO_SOURCES),
)


def chart_images(
    file: SourceFile, objects: Iterable[NodeRef], context: Context | None
) -> Iterator[Found]:
    """Yield the charts in registries of *objects*, and the images in their values.

    Where the chart is in the project, as *context* shows it, its templates decide.
    """
    substituted = SubstitutedFile(path=file.path, text=file.text, format=file.format)
    for at in distinct(objects):
        yield from registry_charts(substituted, at, context)
        for install in CHART_VALUES.get(kind_of(at.node), ()):
            for source in select(at, install.source, VisitLimit()):
                yield from _values(substituted, source, install, context)
        yield from merge_duplicates(_replacements(substituted, at, VisitLimit()))


def chart_relations(
    path: PurePosixPath, objects: Iterable[NodeRef], context: Context
) -> Iterator[Relation]:
    """Yield the files with values of the charts that *objects* at *path* install."""
    for at in distinct(objects):
        for install in CHART_VALUES.get(kind_of(at.node), ()):
            for source in select(at, install.source, VisitLimit()):
                files = values_files(path, source, install, context)
                yield from used_values(files, context)


def _values(
    file: SubstitutedFile, source: NodeRef, install: Install, context: Context | None
) -> Iterator[Found]:
    """Yield the images in the values for a chart, those in files as well."""
    visits = VisitLimit()
    places = set_places(_below(source, install.parameters, visits))
    mappings = list(_below(source, install.values, visits))
    texts = list(distinct(_below(source, install.text, visits)))
    if context is None:
        yield from _inline(file, mappings, texts, places)
        yield from images_at(file, places, UNKNOWN_CHART)
        return
    folder = chart_folder(source, install)
    chart = chart_in(folder, context) if folder else UNKNOWN_CHART
    files = values_files(file.path, source, install, context)
    listed = ListedValues(file, context)
    parts = [text_part(at.node.value) for at in texts if isinstance(at.node, Scalar)]
    # Argo CD takes the mapping in place of the text.
    layers: list[Layer] = [*files, *parts, *mappings]
    yield from listed.images(layers, chart, str(folder or ""), places)
    yield from _inline(file, [], texts, places, listed.above(files, chart))
    yield from images_at(file, places, listed.above([*files, *mappings], chart))


def _inline(
    file: SubstitutedFile,
    mappings: Iterable[NodeRef],
    texts: Iterable[NodeRef],
    places: Container[str],
    chart: ValuesChart = UNKNOWN_CHART,
) -> Iterator[Found]:
    """Yield the images in *mappings* and *texts*, values in *file* for the *chart*."""
    for at in mappings:
        found = images(file, at, VisitLimit(), chart)
        yield from unless_set(found, places, dotted(at.path))
    for at in texts:
        found = embedded(file, at, lambda text: values(replace(file, text=text), chart))
        yield from unless_set(found, places, dotted(at.path))


def _below(source: NodeRef, pattern: str, visits: VisitLimit) -> Iterator[NodeRef]:
    return select(source, pattern, visits) if pattern else iter(())


def _replacements(
    file: SubstitutedFile, at: NodeRef, visits: VisitLimit
) -> Iterator[Found]:
    """Yield the images that the object *at* replaces others with, which are not known."""
    for pattern in _IMAGES:
        for entry in select(at, pattern, visits):
            if finding := image_entry(file, entry).alone():
                yield finding
