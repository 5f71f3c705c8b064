"""Values of Helm charts in Kubernetes objects, for a controller to install.

`HelmRelease` of Flux, `Application` and `ApplicationSet` of Argo CD, `HelmChart`
and `HelmChartConfig` of k3s, `Release` of Crossplane. Flux also replaces images:
in `images` of its `Kustomization`, and of `postRenderers` of a `HelmRelease`; so
does Argo CD in `kustomize.images`.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_folder import Part
from imagelock.sources.helm.images import images, values
from imagelock.sources.helm.sets import images_at, set_places
from imagelock.sources.helm.values_chart import UNKNOWN_CHART, chart_in
from imagelock.sources.kubernetes.chart_kinds import ARGO_SOURCES, CHART_VALUES, kind_of
from imagelock.sources.kubernetes.registry_charts import registry_charts
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.sources.shared.kustomize_images import image_entry
from imagelock.sources.shared.set_values import unless_set
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.paths import VisitLimit, dotted, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.kubernetes.chart_kinds import Install
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_IMAGES: Final = (
    "spec.images[]",
    "spec.postRenderers[].kustomize.images[]",
    *(f"{at}.kustomize.images[]" for at in ARGO_SOURCES),
)
_ROOT: Final = PurePosixPath()
_ELSEWHERE: Final = frozenset({"HelmRepository", "HelmChart", "OCIRepository"})
"""Kinds of Flux' sources that have charts, and not the files of a repository."""


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


def _values(
    file: SubstitutedFile, source: NodeRef, install: Install, context: Context | None
) -> Iterator[Found]:
    """Yield the images in the values for a chart."""
    chart = _chart(source, install, context) if context else UNKNOWN_CHART
    visits = VisitLimit()
    over = chart
    places = set_places(_below(source, install.parameters, visits))
    for at in _below(source, install.values, visits):
        found = images(file, at, visits, chart)
        yield from unless_set(found, places, dotted(at.path))
        over = chart.above_part(Part(file.text, at.node))
    for at in distinct(_below(source, install.text, visits)):
        found = embedded(file, at, lambda text: values(replace(file, text=text), chart))
        yield from unless_set(found, places, dotted(at.path))
    yield from images_at(file, places, over)


def _chart(source: NodeRef, install: Install, context: Context) -> ValuesChart:
    """Return the chart that *source* installs, if it is in the project.

    Its folder is then below the root of the repository, which is the project.
    """
    kinds = _below(source, "chart.spec.sourceRef.kind", VisitLimit())
    if any(_text(kind) in _ELSEWHERE for kind in kinds):
        return UNKNOWN_CHART
    for at in _below(source, install.folder, VisitLimit()):
        if folder := path_below(_ROOT, _text(at)):
            above = folder if install.files_are_in_chart else _ROOT
            files = _below(source, install.files, VisitLimit())
            paths = (path_below(above, _text(file)) for file in files)
            return chart_in(folder, context).above(paths, context)
    return UNKNOWN_CHART


def _below(source: NodeRef, pattern: str, visits: VisitLimit) -> Iterator[NodeRef]:
    return select(source, pattern, visits) if pattern else iter(())


def _text(at: NodeRef) -> str:
    return at.node.value if isinstance(at.node, Scalar) else ""


def _replacements(
    file: SubstitutedFile, at: NodeRef, visits: VisitLimit
) -> Iterator[Found]:
    """Yield the images that the object *at* replaces others with, which are not known."""
    for pattern in _IMAGES:
        for entry in select(at, pattern, visits):
            if finding := image_entry(file, entry).alone():
                yield finding
