"""Find the chart of a file of values, and show what its templates write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.helm.chart_folder import ChartReader, Part
from imagelock.sources.helm.chart_view import ChartView
from imagelock.sources.helm.keys import CHART, DIGESTS, FOLDERS, TAGS
from imagelock.sources.helm.rendering import Renderer
from imagelock.sources.shared.work_budget import WorkBudget
from imagelock.syntax.yaml_json.paths import VisitLimit
from imagelock.syntax.yaml_json.paths import below as nodes_below
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.helm.chart_folder import ChartFolder
    from imagelock.syntax.yaml_json.paths import NodeRef

_MOST_FOLDERS: Final = 4
"""How far above a file of values its chart may be."""
_MOST_WORK: Final = 200_000_000
"""The work of all charts of a project, each of which also has a budget of its own."""


@dataclass(frozen=True, slots=True)
class ChartViews:
    """The templates of a chart; `own` is the chart in it whose own values are read."""

    renderer: Renderer
    own: ChartFolder | None = None

    def view(
        self,
        text: Text,
        values: NodeRef,
        below: tuple[Part, ...],
        over: tuple[Part, ...],
    ) -> ChartView:
        """Return what the templates write with *values*, which are in *text*.

        *below* are the values that these override, besides those of the chart, and
        those *over* them override these.
        """
        digests: list[Scalar] = []
        tags: list[Scalar] = []
        for at in nodes_below(values, VisitLimit()):
            if at.path and isinstance(at.node, Scalar):
                if at.path[1] in DIGESTS:
                    digests.append(at.node)
                elif at.path[1] in TAGS and at.node.value.strip():
                    tags.append(at.node)
        return ChartView(
            self.renderer,
            (*below, Part(text, values.node), *over),
            self.own,
            values.path,
            tuple(digests),
            tuple(tags),
        )


def views_of(path: PurePosixPath, text: Text, context: Context) -> ChartViews | None:
    """Return the templates for the values at *path*; `None` if there are none."""
    chart = _chart_of(path, text, context)
    if chart is None or path != chart.folder / "values.yaml":
        return _views(chart, context)
    return _views(_around(chart, context), context, own=chart)


def views_in(folder: PurePosixPath, context: Context) -> ChartViews | None:
    """Return the templates of the chart in *folder*; `None` if there are none."""
    return _views(ChartReader(context).chart(folder), context)


def _views(
    chart: ChartFolder | None, context: Context, own: ChartFolder | None = None
) -> ChartViews | None:
    if chart is None or not _has_templates(chart):
        return None
    memory = context.memory
    total = memory.remember(Renderer, lambda: WorkBudget(_MOST_WORK))
    renderer = memory.remember(
        (Renderer, chart.folder), lambda: Renderer(chart, WorkBudget(), total, memory)
    )
    return ChartViews(renderer, own)


def _around(chart: ChartFolder, context: Context) -> ChartFolder:
    """Return the outermost chart that *chart* is in, or *chart* itself."""
    outermost = chart
    while (charts := outermost.folder.parent).name == "charts":
        outer = ChartReader(context).chart(charts.parent)
        if outer is None or not _contains(outer, chart.folder):
            break
        outermost = outer
    return outermost


def _contains(chart: ChartFolder, folder: PurePosixPath) -> bool:
    return any(
        sub.chart.folder == folder or _contains(sub.chart, folder)
        for sub in chart.subcharts
    )


def _chart_of(path: PurePosixPath, text: Text, context: Context) -> ChartFolder | None:
    """Return the nearest chart above *path*, if the values at *path* are for it."""
    for folder in path.parents[:_MOST_FOLDERS]:
        if context.read(folder / CHART) is None:
            continue
        chart = ChartReader(context).chart(folder)
        is_near = path.parent == folder or (
            path.parent.parent == folder and path.parent.name in FOLDERS
        )
        return chart if is_near or (chart and _fits(text, chart)) else None
    return None


def _fits(text: Text, chart: ChartFolder) -> bool:
    """Return whether all keys of *text* are keys of the values of *chart*."""
    from imagelock.syntax.yaml_json.documents import documents

    known = {"global", *chart.foreign, *(sub.key for sub in chart.subcharts)}
    if isinstance(chart.values.node, Mapping):
        known |= chart.values.node.items.keys()
    keys = {
        key
        for document in documents(text)
        if isinstance(document, Mapping)
        for key in document.items
    }
    return bool(keys) and keys <= known


def _has_templates(chart: ChartFolder) -> bool:
    own = any(not file.is_partial for file in chart.templates)
    return own or any(_has_templates(sub.chart) for sub in chart.subcharts)
