"""Charts that a kustomization renders: their values, and the charts of registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.listed_values import ListedValues
from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.sources.helm.values_chart import UNKNOWN_CHART, chart_in
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.helm.listed_values import Layer
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.kustomize.kustomization import Kustomization
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_NO_DIGEST: Final = "kustomize takes no digest for a chart"
_VALUES: Final = ("valuesFile", "additionalValuesFiles[]")
_HOME: Final = "charts"


def charts(kustomization: Kustomization) -> list[tuple[SubstitutedFile, NodeRef]]:
    """Return the charts in `helmCharts`, with the file that has them."""
    return [(kustomization.file, at) for at in kustomization.select("helmCharts[]")]


def values_files(
    kustomization: Kustomization, chart: NodeRef
) -> Iterator[PurePosixPath]:
    """Yield the files with values of *chart* that are in the project."""
    for pattern in _VALUES:
        for at in select(chart, pattern, VisitLimit()):
            target = at.node.value if isinstance(at.node, Scalar) else ""
            if path := kustomization.beside(target):
                yield path


def chart_images(
    kustomization: Kustomization,
    file: SubstitutedFile,
    chart: NodeRef,
    context: Context,
) -> Iterator[Found]:
    """Yield the images in the values of *chart*, in *file*, and the chart itself."""
    repo, name, version = (
        scalar_at(chart.node, key) for key in ("repo", "name", "version")
    )
    if repo and name and version:
        at = NodeRef(version, (chart.path, "version"), chart.node)
        address = f"{repo.value.rstrip('/')}/{name.value}"
        if is_oci(address):
            yield oci_chart(file, address, at, _NO_DIGEST)
        elif context.charts:
            # Every manifest loads this module, and few kustomizations have charts.
            from imagelock.sources.helm.repository_chart import (
                RepositoryChart,
                repository_chart,
            )

            used = RepositoryChart(repo.value, name.value)
            yield from repository_chart(file, used, at)
    local = _local_chart(kustomization, chart, context)
    inline = select(chart, "valuesInline", VisitLimit())
    layers: list[Layer] = [*values_files(kustomization, chart), *inline]
    yield from ListedValues(file, context).images(layers, local, "")


def _local_chart(
    kustomization: Kustomization, chart: NodeRef, context: Context
) -> ValuesChart:
    """Return *chart* as it is in the project, or that nothing is known of it."""
    name = scalar_at(chart.node, "name")
    home = scalar_at(kustomization.top.node, "helmGlobals", "chartHome")
    home = scalar_at(chart.node, "chartHome") or home
    folder = kustomization.beside(home.value if home else _HOME)
    if folder is None or name is None or "/" in name.value:
        return UNKNOWN_CHART
    return chart_in(folder / name.value, context)
