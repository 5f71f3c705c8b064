"""Releases that Skaffold installs with Helm: their values, and charts of registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_keys import ChartKeys
from imagelock.sources.helm.listed_values import (
    ListedValues,
    layers_of,
    used_values,
)
from imagelock.sources.helm.sets import images_at
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    scalar_at,
    select,
    steps_below,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.helm.listed_values import Layer
    from imagelock.sources.relations import Relation
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
    """Yield the chart of *release*, and the images in its values."""
    substituted = SubstitutedFile(path=file.path, text=file.text, format=file.format)
    yield from _CHART.charts(substituted, release, context)
    path = scalar_at(release.node, "chartPath")
    target = path.value if path else ""
    chart = chart_in(path_below(file.path.parent, target), context)
    name = target or text_at(release.node, "remoteChart")
    places = _leaves(release, "setValues")
    is_set = {**places, **_leaves(release, "setValueTemplates")}
    listed = ListedValues(substituted, context)
    layers = _layers(file.path, release)
    yield from listed.images(layers, chart, name, is_set)
    yield from images_at(substituted, places, listed.above(layers, chart))


def release_relations(
    path: PurePosixPath, release: NodeRef, context: Context
) -> Iterator[Relation]:
    """Yield the files with values of *release*, in the file at *path*."""
    yield from used_values(_layers(path, release), context)


def _layers(path: PurePosixPath, release: NodeRef) -> list[Layer]:
    """Return the values of *release*: `overrides` go over all files.

    `pkg/skaffold/deploy/helm/args.go` of Skaffold.
    """
    patterns = "valuesFiles[]", "overrides"
    return list(
        layers_of(
            path,
            (at for each in patterns for at in select(release, each, VisitLimit())),
        )
    )


def _leaves(release: NodeRef, key: str) -> dict[str, NodeRef]:
    """Return the scalars at *key* of *release* by their dotted paths."""
    return {
        ".".join(map(str, steps_below(values.path, at.path))): at
        for values in select(release, key, VisitLimit())
        for at in below(values, VisitLimit())
        if isinstance(at.node, Scalar)
    }
