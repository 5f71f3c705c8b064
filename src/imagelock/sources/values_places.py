"""Where files have the values of charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.kubernetes.chart_kinds import CHART_VALUES, kind_of
from imagelock.sources.kubernetes.walk import walk
from imagelock.sources.shared.embedded import distinct
from imagelock.syntax.yaml_json.paths import VisitLimit, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.paths import NodeRef

KUBERNETES: Final = "kubernetes"
_SKAFFOLD: Final = "helm.releases[].overrides"
_PLACES: Final = {
    "fleet": ("helm.values", "targetCustomizations[].helm.values"),
    "helm-values": ("",),
    "helmfile": ("releases[].values[]", "templates.*.values[]"),
    "kustomize": ("helmCharts[].valuesInline",),
    "skaffold": (f"deploy.{_SKAFFOLD}", f"manifests.{_SKAFFOLD}"),
}
"""By the sources of files."""

SOURCES: Final = frozenset({KUBERNETES, *_PLACES})
"""The sources of files with the values of charts."""


def chart_values(top: NodeRef, source: str) -> Iterator[NodeRef]:
    """Yield the values in a document, each a mapping or a text; *source* reads it."""
    if source == KUBERNETES:
        yield from _of_objects(top)
        return
    for pattern in _PLACES[source]:
        for values in select(top, pattern, VisitLimit()):
            if not isinstance(values.node, Scalar):  # the path of a file
                yield values


def _of_objects(top: NodeRef) -> Iterator[NodeRef]:
    """Yield the values of the charts that objects in *top* install."""
    for at in distinct(walk(top).charts):
        for install in CHART_VALUES.get(kind_of(at.node), ()):
            for source in select(at, install.source, VisitLimit()):
                for pattern in filter(None, (install.values, install.text)):
                    yield from select(source, pattern, VisitLimit())
