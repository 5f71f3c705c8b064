"""The chart that values are for, as far as it is in the project."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.sources.helm.chart_folder import Part, first_part
from imagelock.sources.helm.chart_views import ChartViews, views_in, views_of
from imagelock.sources.helm.defaults import (
    NO_CHART,
    Chart,
    Defaults,
    base_of,
    chart_of,
    defaults_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.helm.chart_view import ChartView
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node

MOST_LAYERS: Final = 100
"""Values over each other: with more, the templates are not evaluated.

Each layer is merged for each other, and a file can list ten thousand.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesChart:
    """What completes values: the chart's version, its values, and its templates.

    `base` are the values that these override. `below` are further values, which are
    between the two, and those `over` them override these.
    """

    metadata: Chart = NO_CHART
    base: Node | None = None
    views: ChartViews | None = None
    below: tuple[Part, ...] = ()
    over: tuple[Part, ...] = ()

    def defaults(self, values: NodeRef) -> Defaults:
        """Return what completes the images in *values* without templates."""
        return defaults_of(values, self.metadata, self.base)

    def view(self, text: Text, values: NodeRef) -> ChartView | None:
        """Return what the templates write with *values*, which are in *text*."""
        if self.views is None or len(self.below) + len(self.over) > MOST_LAYERS:
            return None
        return self.views.view(text, values, self.below, self.over)

    def above(
        self, paths: Iterable[PurePosixPath | None], context: Context
    ) -> ValuesChart:
        """Return the chart for values that override those in the files at *paths*."""
        if self.views is None:
            return self
        parts = (first_part(path, context) for path in paths if path)
        return replace(self, below=(*self.below, *islice(parts, MOST_LAYERS + 1)))

    def above_part(self, part: Part) -> ValuesChart:
        """Return the chart for values that override those of *part*."""
        if len(self.below) > MOST_LAYERS:
            return self
        return replace(self, below=(*self.below, part))

    def under(self, parts: Iterable[Part]) -> ValuesChart:
        """Return the chart for values that *parts* override, the last above all."""
        return replace(self, over=tuple(islice(parts, MOST_LAYERS + 1)))


UNKNOWN_CHART: Final = ValuesChart()


def chart_of_file(path: PurePosixPath, text: Text, context: Context) -> ValuesChart:
    """Return the chart of the file of values at *path*, by the folders it is in."""
    return ValuesChart(
        metadata=chart_of(path, context),
        base=base_of(path, context),
        views=views_of(path, text, context),
    )


def chart_in(folder: PurePosixPath | None, context: Context) -> ValuesChart:
    """Return the chart in *folder*, for values that are written elsewhere."""
    if folder is None:
        return UNKNOWN_CHART
    beside = folder / "values.yaml"
    return ValuesChart(
        metadata=chart_of(beside, context),
        base=first_part(beside, context).node,
        views=views_in(folder, context),
    )
