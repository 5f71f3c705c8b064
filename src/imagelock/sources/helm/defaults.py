"""Defaults of a chart for values with only a part of an image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

_FOLDERS: Final = frozenset(
    {"ci", "envs", "environments", "example", "examples", "test", "tests", "values"}
)
"""Folders of a chart with further values; `ci` is that of chart-testing."""
_TEMPLATES: Final = ("_helpers.tpl", "deployment.yaml", "statefulset.yaml")
_WITH_V: Final = re.compile(
    r""":v\{\{[^{}]{0,99}\.Chart\.AppVersion|printf "v%s"[^{}]{0,99}\.AppVersion"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The parts of `Chart.yaml` that complete images.

    `version` is the default tag of the chart (its `appVersion`), or empty.
    `subcharts` are the keys of its values that belong to other charts, which have
    versions of their own.
    """

    version: str = ""
    subcharts: frozenset[str] = frozenset()


NO_CHART: Final = Chart()
"""The chart of values without a `Chart.yaml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Defaults for all images in a file of values.

    `global_registry` replaces each `registry`, and completes names without one
    (`global.imageRegistry`, or `global.image.registry`). `registry`,
    `organisation` and `tag` complete images in which they are empty, in charts
    that have such defaults, as Strimzi's has. `hub` is the registry of the short
    names in Istio's charts.
    """

    chart: Chart = NO_CHART
    global_registry: str = ""
    registry: str = ""
    organisation: str = ""
    tag: str = ""
    hub: str = ""


def defaults_of(values: Node, chart: Chart = NO_CHART) -> Defaults:
    """Return the defaults at the top level of *values*."""
    return Defaults(
        chart=chart,
        global_registry=_word(values, "global", "imageRegistry")
        or _word(values, "global", "image", "registry"),
        registry=_word(values, "defaultImageRegistry"),
        organisation=_word(values, "defaultImageRepository"),
        tag=_word(values, "defaultImageTag"),
        hub=_word(values, "global", "hub") or _word(values, "hub"),
    )


def chart_of(path: PurePosixPath, context: Context) -> Chart:
    """Return the chart of the values at *path*, or `NO_CHART`."""
    folders = [path.parent]
    if path.parent.name in _FOLDERS:
        folders.append(path.parent.parent)
    for folder in folders:
        if (text := context.read(folder / "Chart.yaml")) is not None:
            for document in documents(text):
                if not isinstance(document, Broken):
                    return _chart(document, folder, context)
    return NO_CHART


def _chart(document: Node, folder: PurePosixPath, context: Context) -> Chart:
    version = _word(document, "appVersion")
    if version[:1].isdigit() and _adds_v(folder, context):
        version = f"v{version}"
    listed = document.get("dependencies") if isinstance(document, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    names = (_word(item, "alias") or _word(item, "name") for item in items)
    return Chart(version=version, subcharts=frozenset(names))


def _adds_v(folder: PurePosixPath, context: Context) -> bool:
    """Return whether the usual templates write a `v` before the chart's version."""
    texts = (context.read(folder / "templates" / name) for name in _TEMPLATES)
    return any(text is not None and _WITH_V.search(text.value) for text in texts)


def _word(node: Node | None, *keys: str) -> str:
    scalar = scalar_at(node, *keys)
    return scalar.value.strip() if scalar else ""
