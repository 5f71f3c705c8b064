"""Kubernetes kinds that hold the values of a chart, or replace images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json.paths import text_at

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

ARGO_SOURCES: Final = (
    "spec.source",
    "spec.sources[]",
    "spec.template.spec.source",
    "spec.template.spec.sources[]",
)
"""Where objects of Argo CD have their sources (the `ApplicationSource`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """Where an object has a chart and its values: paths below `source`.

    `values` are a mapping, `text` is one in a text, and `parameters` are single values.
    `folder` is that of the chart in the repository, and `files` has values for it:
    their paths are in the repository, or in the chart.
    """

    source: str
    values: str = ""
    text: str = ""
    parameters: str = ""
    folder: str = ""
    files: str = ""
    files_are_in_chart: bool = False


_ARGO: Final = tuple(
    Install(
        source=at,
        values="helm.valuesObject",
        text="helm.values",
        parameters="helm.parameters[]",
        folder="path",
        files="helm.valueFiles[]",
        files_are_in_chart=True,
    )
    for at in ARGO_SOURCES
)
_FLUX: Final = (
    Install(
        source="spec",
        values="values",
        folder="chart.spec.chart",
        files="chart.spec.valuesFiles[]",
    ),
)
CHART_VALUES: Final[dict[tuple[str, str], tuple[Install, ...]]] = {
    ("HelmRelease", "helm.toolkit.fluxcd.io"): _FLUX,
    ("HelmRelease", "helm.fluxcd.io"): (
        Install(source="spec", values="values", folder="chart.path"),
    ),
    ("Kustomization", "kustomize.toolkit.fluxcd.io"): (),
    ("Release", "helm.crossplane.io"): (
        Install(source="spec.forProvider", values="values"),
    ),
    ("HelmChart", "helm.cattle.io"): (Install(source="spec", text="valuesContent"),),
    ("HelmChartConfig", "helm.cattle.io"): (
        Install(source="spec", text="valuesContent"),
    ),
    ("Application", "argoproj.io"): _ARGO,
    ("ApplicationSet", "argoproj.io"): _ARGO,
}
"""The charts that objects install, by kind and group."""


def has_chart_values(node: Node) -> bool:
    """Return whether the object *node* is of a kind with the values of a chart."""
    return kind_of(node) in CHART_VALUES


def kind_of(node: Node) -> tuple[str, str]:
    """Return the kind and the API group of an object, empty if it has none."""
    group = text_at(node, "apiVersion").rpartition("/")[0]
    return text_at(node, "kind"), group
