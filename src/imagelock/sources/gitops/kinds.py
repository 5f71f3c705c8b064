"""The kinds of Kubernetes objects that hold values of a chart, or replace images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.paths import scalar_at

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

SOURCES: Final = (
    "spec.source",
    "spec.sources[]",
    "spec.template.spec.source",
    "spec.template.spec.sources[]",
)
"""Where objects of Argo CD say what to deploy."""

ARGO: Final = tuple(f"{at}.helm" for at in SOURCES)
"""Where objects of Argo CD say how to fill in a chart."""

TREES: Final = {
    ("HelmRelease", "helm.toolkit.fluxcd.io"): ("spec.values",),
    ("HelmRelease", "helm.fluxcd.io"): ("spec.values",),
    ("Kustomization", "kustomize.toolkit.fluxcd.io"): (),
    ("Release", "helm.crossplane.io"): ("spec.forProvider.values",),
    ("HelmChart", "helm.cattle.io"): (),
    ("HelmChartConfig", "helm.cattle.io"): (),
    ("Application", "argoproj.io"): tuple(f"{at}.valuesObject" for at in ARGO),
    ("ApplicationSet", "argoproj.io"): tuple(f"{at}.valuesObject" for at in ARGO),
}
"""Kinds with values, and where these are: all others of these kinds are below."""


def has_values(node: Node) -> bool:
    """Tell whether the object *node* holds values of a chart."""
    return kind_of(node) in TREES


def kind_of(node: Node) -> tuple[str, str]:
    """Return the kind and the group of an object, empty where it has none."""
    kind, version = scalar_at(node, "kind"), scalar_at(node, "apiVersion")
    group = version.value.rpartition("/")[0] if version else ""
    return kind.value if kind else "", group
