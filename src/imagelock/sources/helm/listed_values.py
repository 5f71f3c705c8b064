"""Values that a release of a chart lists, written beside it or in files.

The later ones go over the earlier ones.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_folder import Part, first_part
from imagelock.sources.helm.images import images, values
from imagelock.sources.shared.set_values import unless_set
from imagelock.syntax.yaml_json.paths import VisitLimit, dotted
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_MOST_READINGS: Final = 50
"""How often a file is read again, for another chart or over other values."""


@dataclass(slots=True)
class ListedValues:
    """The values of the releases in `file`, each file with values read where it counts.

    What a file means depends on the templates of the chart. Without them, it means the
    same for each release of that chart.
    """

    file: SubstitutedFile
    context: Context
    _charts: dict[PurePosixPath, set[str]] = field(default_factory=dict)
    _readings: dict[PurePosixPath, int] = field(default_factory=dict)

    def images(
        self,
        entries: Iterable[NodeRef],
        chart: ValuesChart,
        name: str,
        is_set: Collection[str],
    ) -> Iterator[Found]:
        """Yield the images in *entries*, mappings or paths, for a *chart* by its *name*.

        *is_set* are the paths of single values, which beat all entries.
        """
        listed = [(at, self._path(at)) for at in entries]
        parts = [self._part(at, path) for at, path in listed]
        for number, (at, path) in enumerate(listed):
            around = chart.under(islice(parts, number + 1, None))
            if isinstance(at.node, Mapping):
                found = images(self.file, at, VisitLimit(), around)
                yield from unless_set(found, is_set, dotted(at.path))
            elif path and self._counts(path, chart, "\0".join((name, *sorted(is_set)))):
                yield from unless_set(self._in_file(path, around), is_set, "")
            chart = chart.above_part(parts[number])

    def above(self, entries: Iterable[NodeRef], chart: ValuesChart) -> ValuesChart:
        """Return *chart* for values that override *entries*."""
        for at in entries:
            chart = chart.above_part(self._part(at, self._path(at)))
        return chart

    def _path(self, at: NodeRef) -> PurePosixPath | None:
        return path_of(self.file.path, at)

    def _part(self, at: NodeRef, path: PurePosixPath | None) -> Part:
        if path is None:
            return Part(self.file.text, at.node)
        return first_part(path, self.context)

    def _counts(self, path: PurePosixPath, chart: ValuesChart, name: str) -> bool:
        """Return whether the file at *path* may mean something new for the *chart*.

        *name* is that of the chart, with what is set beside its values.
        """
        charts = self._charts.setdefault(path, set())
        readings = self._readings.get(path, 0)
        if (chart.views is None and name in charts) or readings == _MOST_READINGS:
            return False
        charts.add(name)
        self._readings[path] = readings + 1
        return True

    def _in_file(self, path: PurePosixPath, chart: ValuesChart) -> Iterator[Found]:
        if text := self.context.read(path):
            beside = replace(self.file, path=path, text=text, format="helm-values")
            yield from values(beside, chart)


def path_of(file: PurePosixPath, at: NodeRef) -> PurePosixPath | None:
    """Return the path that *at* in *file* is, if it is one in the project."""
    node = at.node
    if not isinstance(node, Scalar) or node.null:
        return None
    return path_below(file.parent, node.value)
