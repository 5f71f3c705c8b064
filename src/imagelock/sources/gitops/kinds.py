"""Kubernetes kinds that hold the values of a chart, or replace images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.paths import scalar_at

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

ARGO_SOURCES: Final = (
    "spec.source",
    "spec.sources[]",
    "spec.template.spec.source",
    "spec.template.spec.sources[]",
)
"""Where objects of Argo CD have their sources (the `ApplicationSource`)."""

ARGO_HELM: Final = tuple(f"{at}.helm" for at in ARGO_SOURCES)
"""Where those sources have the settings of a chart."""

CHART_VALUES: Final = {
    ("HelmRelease", "helm.toolkit.fluxcd.io"): ("spec.values",),
    ("HelmRelease", "helm.fluxcd.io"): ("spec.values",),
    ("Kustomization", "kustomize.toolkit.fluxcd.io"): (),
    ("Release", "helm.crossplane.io"): ("spec.forProvider.values",),
    ("HelmChart", "helm.cattle.io"): (),
    ("HelmChartConfig", "helm.cattle.io"): (),
    ("Application", "argoproj.io"): tuple(f"{at}.valuesObject" for at in ARGO_HELM),
    ("ApplicationSet", "argoproj.io"): tuple(f"{at}.valuesObject" for at in ARGO_HELM),
}
"""Paths of the values as mappings, by kind and group. Values as text are elsewhere."""


def has_chart_values(node: Node) -> bool:
    """Return whether the object *node* is of a kind with the values of a chart."""
    return kind_of(node) in CHART_VALUES


def kind_of(node: Node) -> tuple[str, str]:
    """Return the kind and the API group of an object, empty if it has none."""
    kind, version = scalar_at(node, "kind"), scalar_at(node, "apiVersion")
    group = version.value.rpartition("/")[0] if version else ""
    return kind.value if kind else "", group
