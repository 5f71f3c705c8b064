"""Values that a release of a chart lists, written beside it or in files.

The later ones go over the earlier ones.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.source_text import Text
from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_folder import Part, first_part
from imagelock.sources.helm.images import images, values
from imagelock.sources.helm.values_chart import MOST_LAYERS
from imagelock.sources.relations import Usage
from imagelock.sources.shared.set_values import unless_set
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, below, dotted
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.substituted_file import SubstitutedFile

    Layer = NodeRef | PurePosixPath | Part
    """Values of a release: a mapping in its file, a file, or what is read elsewhere."""

_LATER: Final = "other values, which are listed later, set"


@dataclass(slots=True)
class ListedValues:
    """The values of the releases in `file`, each file with values read where it counts.

    What a file means depends on the templates of the chart. Without them, it means the
    same for each release of that chart with the same values over it.
    """

    file: SubstitutedFile
    context: Context

    def images(
        self,
        layers: Iterable[Layer],
        chart: ValuesChart,
        name: str,
        is_set: Collection[str] = (),
    ) -> Iterator[Found]:
        """Yield the images in *layers* for a *chart* by its *name*.

        *is_set* are the paths of single values, which beat all of them.
        """
        layers = list(layers)
        parts = [self._part(layer) for layer in layers]
        set_by = [] if chart.views else [*map(self._set_by, layers, parts)]
        key = name, *sorted(is_set)
        for number, layer in enumerate(layers):
            over = islice(layers, number + 1, number + 1 + MOST_LAYERS)
            around = chart.under(islice(parts, number + 1, None))
            root = dotted(layer.path) if isinstance(layer, NodeRef) else ""
            found: Iterator[Found] = iter(())
            if isinstance(layer, NodeRef):
                found = images(self.file, layer, VisitLimit(), around)
            elif not isinstance(layer, Part):
                # With templates, it may mean something else for each release.
                use = None if chart.views else (*key, *over)
                if self.context.other_readings.allow(layer, use):
                    found = self._in_file(layer, around)
            if later := set_by[number + 1 :]:
                found = unless_set(found, _AnyOf(later), root, _LATER)
            yield from unless_set(found, is_set, root)
            chart = chart.above_part(parts[number])

    def above(self, layers: Iterable[Layer], chart: ValuesChart) -> ValuesChart:
        """Return *chart* for values that override *layers*."""
        for layer in layers:
            chart = chart.above_part(self._part(layer))
        return chart

    def _part(self, layer: Layer) -> Part:
        if isinstance(layer, Part):
            return layer
        if isinstance(layer, NodeRef):
            return Part(self.file.text, layer.node)
        return first_part(layer, self.context)

    def _set_by(self, layer: Layer, part: Part) -> frozenset[str]:
        """Return the paths that *layer*, which is *part*, gives a value to.

        Many releases list the same file.
        """
        if isinstance(layer, NodeRef | Part):
            return _set_paths(part)
        remember = self.context.memory.remember
        return remember((_set_paths, layer), lambda: _set_paths(part))

    def _in_file(self, path: PurePosixPath, chart: ValuesChart) -> Iterator[Found]:
        if text := self.context.read(path):
            beside = replace(self.file, path=path, text=text, format="helm-values")
            yield from values(beside, chart)


@dataclass(frozen=True, slots=True)
class _AnyOf:
    """The paths that any of the sets `paths` has, which are not merged."""

    paths: Sequence[Collection[str]]

    def __contains__(self, path: object) -> bool:
        return any(path in each for each in self.paths)


def _set_paths(part: Part) -> frozenset[str]:
    """Return the paths in *part* that are set: a list replaces a list, `null` removes."""
    top = NodeRef(part.node) if part.node else None
    return frozenset(
        dotted(at.path)
        for at in (below(top, VisitLimit()) if top else ())
        if not isinstance(at.node, Mapping)
    )


def layers_of(path: PurePosixPath, entries: Iterable[NodeRef]) -> Iterator[Layer]:
    """Yield *entries* of the file at *path*: mappings, and the files that they name."""
    for at in entries:
        if isinstance(at.node, Mapping):
            yield at
        elif target := path_of(path, at):
            yield target


def text_part(value: str) -> Part:
    """Return the values in a text, of which the first document counts."""
    text = Text(value)
    valid = (node for node in documents(text) if not isinstance(node, Broken))
    return Part(text, next(valid, None))


def used_values(layers: Iterable[Layer], context: Context) -> Iterator[Relation]:
    """Yield the files with values among *layers*."""
    paths = (each for each in layers if not isinstance(each, NodeRef | Part))
    for used in dict.fromkeys(paths):
        if context.read(used) is not None:
            yield Usage(path=used, is_part=True)


def path_of(file: PurePosixPath, at: NodeRef) -> PurePosixPath | None:
    """Return the path that *at* in *file* is, if it is one in the project."""
    node = at.node
    if not isinstance(node, Scalar) or node.null:
        return None
    return path_below(file.parent, node.value)
