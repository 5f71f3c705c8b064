"""Releases that Skaffold installs with Helm: their values, and charts of registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_keys import ChartKeys
from imagelock.sources.helm.images import images
from imagelock.sources.helm.sets import images_at
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.shared.set_values import unless_set
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    dotted,
    scalar_at,
    select,
    steps_below,
)
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.shared.source_file import SourceFile

_CHART: Final = ChartKeys(
    address="remoteChart",
    repository="repo",
    names=("remoteChart",),
    version="version",
    unpinnable_reason="Skaffold takes no digest for a chart",
)


def release_images(
    file: SourceFile, release: NodeRef, context: Context
) -> Iterator[Found]:
    """Yield the chart of *release*, and the images in `overrides` and `setValues`."""
    substituted = SubstitutedFile(path=file.path, text=file.text, format=file.format)
    yield from _CHART.charts(substituted, release, context)
    folder = file.path.parent
    path = scalar_at(release.node, "chartPath")
    chart = chart_in(path_below(folder, path.value) if path else None, context)
    listed = select(release, "valuesFiles[]", VisitLimit())
    paths = (at.node.value for at in listed if isinstance(at.node, Scalar))
    chart = chart.above((path_below(folder, path) for path in paths), context)
    places: dict[str, NodeRef] = {}
    for at in select(release, "setValues", VisitLimit()):
        places |= _leaves(at)
    for at in select(release, "overrides", VisitLimit()):
        found = images(substituted, at, VisitLimit(), chart)
        yield from unless_set(found, places, dotted(at.path))
    yield from images_at(substituted, places, chart)


def _leaves(values: NodeRef) -> dict[str, NodeRef]:
    """Return the scalars in *values* by their dotted paths."""
    return {
        ".".join(map(str, steps_below(values.path, at.path))): at
        for at in below(values, VisitLimit())
        if isinstance(at.node, Scalar)
    }
