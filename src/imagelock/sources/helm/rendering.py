"""What the templates of a chart write with given values."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.sources.helm.engine.data import merged, value_of
from imagelock.sources.helm.engine.defined_templates import (
    KNOWN_HELPERS,
    DefinedTemplates,
)
from imagelock.sources.helm.engine.engine import Coverage, Engine
from imagelock.sources.helm.engine.evaluator import FailedTemplateError
from imagelock.sources.helm.engine.values import (
    Number,
    Table,
    Unknown,
    Value,
    integer,
    written,
)
from imagelock.sources.helm.engine.words import Word, words
from imagelock.sources.shared.work_budget import TooMuchError, WorkBudget
from imagelock.syntax.go_template.tokens import GoTemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.sources.helm.chart_folder import (
        ChartFolder,
        Part,
        SubChart,
        TemplateFile,
    )
    from imagelock.sources.memory import Memory
    from imagelock.syntax.yaml_json.tree import Scalar


@dataclass(frozen=True, slots=True)
class RenderedWords:
    """The words that each scalar of the values has a part in, and in which files.

    `is_complete` is false if a template of a chart that is not in the project was
    called with all values. `is_exhausted` is whether a template is broken or fails,
    or it was too much work.
    """

    words: Mapping[Scalar, tuple[Word, ...]] = field(default_factory=dict)
    files: Mapping[Scalar, frozenset[int]] = field(default_factory=dict)
    is_complete: bool = True
    is_exhausted: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """Values for a chart.

    `layers` go over the chart's own values, and the last of them counts most. With
    `own`, the folder of a chart, there is only one: the own values of that chart.
    `texts` are other values for some scalars. `only` are the keys of the files to
    evaluate.
    """

    layers: tuple[Part, ...] = ()
    own: PurePosixPath | None = None
    texts: Mapping[Scalar, str] = field(default_factory=dict)
    only: frozenset[int] | None = None


@dataclass(slots=True)
class Renderer:
    """Evaluates the templates of *chart* and of the charts in it.

    `budget` is the work for this chart, and `total` that for all charts.
    """

    chart: ChartFolder
    budget: WorkBudget
    total: WorkBudget
    memory: Memory
    templates: DefinedTemplates = field(init=False)
    _is_broken: bool = field(init=False)
    _relevant: dict[PurePosixPath, dict[TemplateFile, bool]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.templates = DefinedTemplates(dict(KNOWN_HELPERS))
        self._is_broken = not _define(self.chart, self.templates)

    def render(self, inputs: Inputs, coverage: Coverage) -> RenderedWords:
        """Return what the templates write with *inputs*."""
        words: dict[Scalar, dict[Word, None]] = {}
        files: dict[Scalar, set[int]] = {}
        before = self.budget.left
        engine = Engine(self.templates, self.budget, coverage)
        is_exhausted = self._is_broken
        try:
            self.total.charge(0)
            scoped = self._scoped(self.chart, self._merged(inputs), inputs)
            for file, word in self._words(scoped, engine, inputs.only):
                for origin in word.origins:
                    words.setdefault(origin, {})[word] = None
                    files.setdefault(origin, set()).add(file)
        except (TooMuchError, GoTemplateError, FailedTemplateError):
            is_exhausted = True
            self.memory.current.is_repeatable &= self._has_budget()
        self.total.left -= before - self.budget.left
        return RenderedWords(
            words={origin: tuple(items) for origin, items in words.items()},
            files={origin: frozenset(keys) for origin, keys in files.items()},
            is_complete=not engine.is_incomplete,
            is_exhausted=is_exhausted,
        )

    def _has_budget(self) -> bool:
        return min(self.budget.left, self.total.left) >= 0

    def _words(
        self, scoped: Scoped, engine: Engine, only: frozenset[int] | None
    ) -> Iterator[tuple[int, Word]]:
        """Yield the words that the templates write, with the keys of their files.

        The order is that of Helm, as templates can change values: first the charts in
        the chart, and in each chart the deepest templates.
        """
        for is_enabled, inner in scoped.subcharts:
            if is_enabled or engine.coverage is not Coverage.DECIDED:
                yield from self._words(inner, engine, only)
        root = _root(scoped)
        for file, changes_values in self._relevant_files(scoped.chart).items():
            key = id(file)
            if changes_values or only is None or key in only:
                texts = [engine.render(file.template.body, root), *engine.asides]
                engine.asides.clear()
                for text in texts:
                    yield from ((key, word) for word in words(text))

    def _relevant_files(self, chart: ChartFolder) -> Mapping[TemplateFile, bool]:
        """Return the templates that can write images or change values.

        Whether a template changes values for others is its value.
        """
        if chart.folder not in self._relevant:
            relevant = self._relevant[chart.folder] = {}
            for file in () if chart.is_library else chart.templates:
                if not file.is_partial:
                    changes = file.changes_values
                    changes = changes or self.templates.includes_change(file.source)
                    if changes or self.templates.includes_image(file.source):
                        relevant[file] = changes
        return self._relevant[chart.folder]

    def _merged(self, inputs: Inputs) -> Value:
        values = self._own_values(self.chart, inputs)
        for part in () if inputs.own else inputs.layers:
            values = merged(self._values(part, inputs.texts), values)
        return values

    def _own_values(self, chart: ChartFolder, inputs: Inputs) -> Value:
        """Return the values that *chart* has without those of users.

        What it imports from charts in it comes after them (`processImportValues` in
        Helm's `pkg/chartutil/dependencies.go`).
        """
        is_asked_for = chart.folder == inputs.own
        part = inputs.layers[0] if is_asked_for else chart.values
        own = self._values(part, inputs.texts)
        imported: Value = Table()
        for sub in chart.subcharts:
            if sub.imports and _is_enabled(sub, own):
                inner = self._inner_values(sub, own, inputs)
                for child, parent in sub.imports:
                    imported = merged(imported, _below(parent, _at(inner, child)))
        return merged(own, imported)

    def _inner_values(self, sub: SubChart, values: Table, inputs: Inputs) -> Value:
        """Return the values of *sub*, a chart in a chart with *values*."""
        given = values.get(sub.key)
        table = given if isinstance(given, Table) else Table()
        completed = merged(table, self._own_values(sub.chart, inputs))
        if isinstance(completed, Table) and isinstance(values.get("global"), Table):
            completed["global"] = merged(values["global"], completed.get("global"))
        return completed

    def _values(self, part: Part, texts: Mapping[Scalar, str]) -> Table:
        value = value_of(part.node, part.text, self.budget, texts)
        return value if isinstance(value, Table) else Table()

    def _scoped(self, chart: ChartFolder, values: Value, inputs: Inputs) -> Scoped:
        """Return *values* with those of the charts in *chart* completed."""
        own = values if isinstance(values, Table) else Table()
        inner = []
        for sub in chart.subcharts:
            completed = self._inner_values(sub, own, inputs)
            scoped = self._scoped(sub.chart, completed, inputs)
            own[sub.key] = scoped.values
            inner.append((_is_enabled(sub, own), scoped))
        return Scoped(chart, own, tuple(inner))


@dataclass(frozen=True, slots=True)
class Scoped:
    """A chart, its values, and the charts in it with whether they are enabled."""

    chart: ChartFolder
    values: Table
    subcharts: tuple[tuple[bool, Scoped], ...]


def _root(scoped: Scoped) -> Table:
    """Return what the templates of a chart see as their dot."""
    release = Table(
        (
            ("Name", Unknown()),
            ("Namespace", Unknown()),
            ("IsInstall", True),
            ("IsUpgrade", False),
            ("Revision", integer(1)),
            ("Service", written("Helm")),
        )
    )
    items: list[tuple[str, Value]] = [
        ("Values", scoped.values),
        ("Chart", _metadata(scoped.chart.metadata)),
        ("Release", release),
    ]
    others = ("Capabilities", "Files", "Template", "Subcharts")
    unknown = ((name, Unknown()) for name in others)
    return Table((*items, *unknown), is_root=True)


def _metadata(part: Part) -> Table:
    """Return `Chart.yaml` as templates see it, where versions are texts."""
    value = value_of(part.node, part.text, WorkBudget(), {})
    table = value if isinstance(value, Table) else Table()
    return Table(
        (key[:1].upper() + key[1:], _as_text(item)) for key, item in table.items()
    )


def _as_text(value: Value) -> Value:
    if isinstance(value, Number):
        is_whole = value.is_whole and isfinite(value.value)
        text = str(int(value.value)) if is_whole else value.text
        return written(text, value.origins)
    return value


def _is_enabled(sub: SubChart, values: Table) -> bool:
    """Return whether *sub* is part of the release.

    The first condition that is set counts, and then its tags.
    """
    for condition in sub.conditions:
        value = _at(values, condition.strip())
        if isinstance(value, bool):
            return value
    tags = values.get("tags")
    known = [tags.get(tag) for tag in sub.tags] if isinstance(tags, Table) else []
    return True in known or False not in known


def _at(value: Value, path: str) -> Value:
    """Return what is at the dotted *path* below *value*."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Table) else None
    return value


def _below(path: str, value: Value) -> Value:
    """Return a table with *value*, a table itself, at the dotted *path*."""
    if not isinstance(value, Table):
        return Table()
    for key in reversed(path.split(".") if path else ()):
        value = Table([(key, value)])
    return value


def _define(chart: ChartFolder, templates: DefinedTemplates) -> bool:
    """Add the named templates of *chart*, which override those of charts in it.

    Return whether all of them can be parsed.
    """
    is_whole = True
    for sub in chart.subcharts:
        is_whole &= _define(sub.chart, templates)
    for file in chart.templates:
        if "define" in file.source:
            try:
                templates.bodies.update(file.template.defined)
            except GoTemplateError:
                is_whole = False
    return is_whole
