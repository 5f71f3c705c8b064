"""Kubernetes kinds that install a chart, hold its values, or replace images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.syntax.yaml_json.paths import text_at

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

ARGO_KINDS: Final = (("Application", "argoproj.io"), ("ApplicationSet", "argoproj.io"))
"""Kinds of Argo CD, with their group, that install charts and build folders."""

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
    their paths are in the repository, or in the chart. Those that begin with `$` and
    the name of another source are in the repository of that. `maps` are objects that
    hold values.
    """

    source: str
    values: str = ""
    text: str = ""
    parameters: str = ""
    folder: str = ""
    files: str = ""
    files_are_in_chart: bool = False
    maps: str = ""


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
        maps="valuesFrom[]",
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
    **dict.fromkeys(ARGO_KINDS, _ARGO),
}
"""The charts that objects install, by kind and group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPlace:
    """Where an object names a chart: paths below each node at `source`.

    The chart is `name` in the repository at the address `repository`, in `version`;
    `name` may also be an address. With `is_aliased`, it begins with the name of the
    repository: of the one at `repository`, or of one of those at `repositories`, a path
    in the object, each with `name` and `url`. With `is_referred`, the repository is the
    object of Flux that `sourceRef` names. With `is_bare`, an address without a scheme
    is that of a registry, and one of a registry (`oci://`) need not have a name below
    it.
    """

    source: str
    name: str
    version: str
    repository: str = ""
    repositories: str = ""
    is_aliased: bool = False
    is_referred: bool = False
    is_bare: bool = False


_REFERRED: Final = ChartPlace(
    source="spec.chart.spec", name="chart", version="version", is_referred=True
)
_SVELTOS: Final = (
    ChartPlace(
        source="spec.helmCharts[]",
        repository="repositoryURL",
        is_aliased=True,
        name="chartName",
        version="chartVersion",
    ),
)
_ARGO_CHARTS: Final = tuple(
    ChartPlace(
        source=at,
        repository="repoURL",
        name="chart",
        version="targetRevision",
        is_bare=True,
    )
    for at in ARGO_SOURCES
)


def _of_k0s(spec: str) -> ChartPlace:
    """Return the charts that k0s installs; *spec* is the path to its settings."""
    helm = f"{spec}.extensions.helm"
    return ChartPlace(
        source=f"{helm}.charts[]",
        repositories=f"{helm}.repositories[]",
        is_aliased=True,
        name="chartname",
        version="version",
    )


CHART_PLACES: Final[dict[tuple[str, str], tuple[ChartPlace, ...]]] = {
    ("HelmRelease", "helm.toolkit.fluxcd.io"): (_REFERRED,),
    ("HelmChart", "source.toolkit.fluxcd.io"): (replace(_REFERRED, source="spec"),),
    **dict.fromkeys(ARGO_KINDS, _ARGO_CHARTS),
    ("Release", "helm.crossplane.io"): (
        ChartPlace(
            source="spec.forProvider.chart",
            repository="repository",
            name="name",
            version="version",
        ),
    ),
    ("HelmChart", "helm.cattle.io"): (
        ChartPlace(source="spec", repository="repo", name="chart", version="version"),
    ),
    # k0s and k0sctl
    ("ClusterConfig", "k0s.k0sproject.io"): (_of_k0s("spec"),),
    ("Cluster", "k0sctl.k0sproject.io"): (_of_k0s("spec.k0s.config.spec"),),
    # vendir
    ("Config", "vendir.k14s.io"): (
        ChartPlace(
            source="directories[].contents[].helmChart",
            repository="repository.url",
            name="name",
            version="version",
        ),
    ),
    # Sveltos
    ("ClusterProfile", "config.projectsveltos.io"): _SVELTOS,
    ("Profile", "config.projectsveltos.io"): _SVELTOS,
    # KubeVela
    ("Application", "core.oam.dev"): (
        ChartPlace(
            source="spec.components[].properties",
            repository="url",
            name="chart",
            version="version",
        ),
    ),
    # k0rdent
    ("ServiceTemplate", "k0rdent.mirantis.com"): (
        replace(_REFERRED, source="spec.helm.chartSpec"),
    ),
    # The Helm add-on of Cluster API
    ("HelmChartProxy", "addons.cluster.x-k8s.io"): (
        ChartPlace(
            source="spec", repository="repoURL", name="chartName", version="version"
        ),
    ),
}
"""Charts that objects install and that may be in a registry, by kind and group."""


def installs_chart(node: Node) -> bool:
    """Return whether the object *node* is of a kind that installs charts."""
    kind = kind_of(node)
    return kind in CHART_VALUES or kind in CHART_PLACES


def has_chart_values(node: Node) -> bool:
    """Return whether the object *node* is of a kind with the values of a chart."""
    return kind_of(node) in CHART_VALUES


def kind_of(node: Node) -> tuple[str, str]:
    """Return the kind and the API group of an object, empty if it has none."""
    group = text_at(node, "apiVersion").rpartition("/")[0]
    return text_at(node, "kind"), group
