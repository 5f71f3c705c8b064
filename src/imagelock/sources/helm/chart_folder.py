"""Read a chart from its folder: metadata, values, templates, and the charts in it."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.source_text import Text
from imagelock.sources.context import path_below
from imagelock.sources.helm.engine.shared_changes import changes_shared
from imagelock.sources.helm.keys import CHART
from imagelock.syntax.go_template.parser import parse
from imagelock.syntax.go_template.tokens import GoTemplateError
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import text_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.syntax.go_template.nodes import GoTemplate
    from imagelock.syntax.yaml_json.tree import Node

_TEMPLATES: Final = frozenset({".yaml", ".yml", ".tpl", ".json"})
_CHANGE: Final = re.compile(r"\b(?:set|unset|(?:mustM|m)erge(?:Overwrite)?)\b")
_DEEPEST: Final = 4
"""How deep charts may be in each other."""
_MOST_TEMPLATES: Final = 1_000
_LARGEST: Final = 1_000_000
"""In characters; the largest real templates have a third of this."""


@dataclass(frozen=True, slots=True)
class Part:
    """A YAML file of a chart: its first document."""

    text: Text
    node: Node | None


@dataclass(frozen=True, eq=False)
class TemplateFile:
    """A template. `is_partial` is whether it only defines others."""

    source: str
    is_partial: bool

    @cached_property
    def template(self) -> GoTemplate:
        """The tree.

        Raises:
            GoTemplateError: it is no template.
        """
        return parse(self.source)

    @cached_property
    def changes_values(self) -> bool:
        """Whether it changes values for the templates that are evaluated later."""
        if _CHANGE.search(self.source) is None:
            return False
        try:
            return changes_shared(self.template.body)
        except GoTemplateError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubChart:
    """A chart in a chart, and the key of its values.

    `conditions` are the dotted paths of values, the first of which enables it, and so
    does one of its `tags`. `imports` are dotted paths in its values and in those of the
    chart around it, which get what is there (`import-values`).
    """

    key: str
    chart: ChartFolder
    conditions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChartFolder:
    """A chart in the project.

    `values` are the chart's own, and `foreign` the keys of values that belong to
    charts which are not there.
    """

    folder: PurePosixPath
    metadata: Part
    values: Part
    templates: tuple[TemplateFile, ...]
    subcharts: tuple[SubChart, ...]
    foreign: frozenset[str]

    @property
    def name(self) -> str:
        """The name in `Chart.yaml`."""
        return word(self.metadata.node, "name")

    @property
    def is_library(self) -> bool:
        """Whether it only defines templates for other charts."""
        return word(self.metadata.node, "type") == "library"


@dataclass(frozen=True, slots=True)
class ChartReader:
    """Reads the charts of a project, each once; `above` are those around the next."""

    context: Context
    above: tuple[PurePosixPath, ...] = ()

    def chart(self, folder: PurePosixPath) -> ChartFolder | None:
        """Return the chart in *folder*, or `None` if there is none."""
        if folder in self.above:
            return None  # a chart that contains itself
        inside = ChartReader(self.context, (*self.above, folder))
        key = ChartFolder, folder
        return self.context.memory.remember(key, lambda: inside._read(folder))

    def _read(self, folder: PurePosixPath) -> ChartFolder | None:
        """Return the chart in *folder*; its own charts are read by this reader."""
        metadata = first_part(folder / CHART, self.context)
        if not isinstance(metadata.node, Mapping):
            return None
        paths = self.context.files_below(folder)
        inside = self._charts_inside(folder, paths)
        used = [
            (entry, inside.get(word(entry, "name")) or self._beside(folder, entry))
            for entry in dependencies(metadata.node)
        ]
        named = {word(entry, "name") for entry, _ in used}
        return ChartFolder(
            folder=folder,
            metadata=metadata,
            values=first_part(folder / "values.yaml", self.context),
            templates=tuple(_templates(folder, paths, self.context)),
            subcharts=(
                *(_subchart(entry, chart) for entry, chart in used if chart),
                *(
                    SubChart(key=name, chart=chart)
                    for name, chart in inside.items()
                    if name not in named
                ),
            ),
            foreign=frozenset(values_key(entry) for entry, chart in used if not chart),
        )

    def _charts_inside(
        self, folder: PurePosixPath, paths: tuple[PurePosixPath, ...]
    ) -> dict[str, ChartFolder]:
        """Return the charts in `charts` of *folder*, by name; *paths* are its files."""
        if len(self.above) > _DEEPEST:
            return {}
        inside: dict[str, ChartFolder] = {}
        for path in paths:
            place = path.relative_to(folder).parts
            if len(place) == 3 and place[0] == "charts" and place[2] == CHART:  # noqa: PLR2004
                chart = self.chart(path.parent)
                if chart:
                    inside[chart.name] = chart
        return inside

    def _beside(self, folder: PurePosixPath, dependency: Node) -> ChartFolder | None:
        """Return the chart of a dependency from `file://`, if it is in the project."""
        scheme, _, path = word(dependency, "repository").partition("://")
        if scheme != "file" or len(self.above) > _DEEPEST:
            return None
        place = path_below(folder, path)
        return self.chart(place) if place else None


def _subchart(dependency: Node, chart: ChartFolder) -> SubChart:
    """Return *chart* as the chart around it uses it, by its entry in `dependencies`."""
    return SubChart(
        key=values_key(dependency),
        chart=chart,
        conditions=tuple(word(dependency, "condition").split(",")),
        tags=_words(dependency, "tags"),
        imports=tuple(_imports(dependency)),
    )


def _templates(
    folder: PurePosixPath, paths: tuple[PurePosixPath, ...], context: Context
) -> Iterator[TemplateFile]:
    """Yield the templates among *paths*, in the order in which Helm renders them.

    They are sorted by their depth, and then by their path, with the last one first
    (`sortTemplates` in `pkg/engine/engine.go`).
    """
    below = folder / "templates"
    found = (
        path
        for path in sorted(paths, key=lambda p: (len(p.parts), str(p)), reverse=True)
        if path.suffix in _TEMPLATES and path.is_relative_to(below)
    )
    for path in islice(found, _MOST_TEMPLATES):
        text = context.read(path)
        if text is not None and len(text.value) <= _LARGEST:
            yield TemplateFile(text.value, path.name.startswith("_"))


def first_part(path: PurePosixPath, context: Context) -> Part:
    """Return the first document of the YAML file at *path*, if there is one.

    The values of a chart are needed for each file that overrides them.
    """

    def read() -> Part:
        text = context.read(path)
        if text is None:
            return Part(Text(""), None)
        valid = (node for node in documents(text) if not isinstance(node, Broken))
        return Part(text, next(valid, None))

    return context.memory.remember((first_part, path), read)


def dependencies(metadata: Node | None) -> tuple[Node, ...]:
    """Return the entries of `dependencies` in `Chart.yaml`."""
    listed = metadata.get("dependencies") if isinstance(metadata, Mapping) else None
    return listed.items if isinstance(listed, Sequence) else ()


def values_key(dependency: Node) -> str:
    """Return the key of the values for the chart that *dependency* names."""
    return word(dependency, "alias") or word(dependency, "name")


def _imports(dependency: Node) -> Iterator[tuple[str, str]]:
    """Yield what is imported: the names of exports, and pairs of `child` and `parent`."""
    entries = (
        dependency.get("import-values") if isinstance(dependency, Mapping) else None
    )
    for entry in entries.items if isinstance(entries, Sequence) else ():
        if isinstance(entry, Scalar):
            yield f"exports.{entry.value}", ""
        elif child := word(entry, "child"):
            yield child, word(entry, "parent").strip(".")


def _words(node: Node | None, key: str) -> tuple[str, ...]:
    listed = node.get(key) if isinstance(node, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    return tuple(item.value for item in items if isinstance(item, Scalar))


def word(node: Node | None, *keys: str) -> str:
    """Return the text at *keys* below *node*, without blanks around it."""
    return text_at(node, *keys).strip()
