"""What a chart fills in where its values name only a part of an image."""

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
    """What `Chart.yaml` says.

    `version` is the tag that the chart means where none is written, or empty.
    `parts` are the keys of its values that belong to other charts, which have
    versions of their own.
    """

    version: str = ""
    parts: frozenset[str] = frozenset()


NO_CHART: Final = Chart()
"""Values whose chart is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds in one file of values.

    `everywhere` is the registry that replaces each `registry`, and stands before
    names without one (`global.imageRegistry`, or `global.image.registry`).
    `registry`, `organisation` and `tag` stand for what
    is empty, in charts that spell out these defaults as Strimzi's does. `hub` is
    where the short names of Istio's charts come from.
    """

    chart: Chart = NO_CHART
    everywhere: str = ""
    registry: str = ""
    organisation: str = ""
    tag: str = ""
    hub: str = ""


def defaults_of(values: Node, chart: Chart = NO_CHART) -> Defaults:
    """Return what the top level of *values* sets for all images below."""
    return Defaults(
        chart=chart,
        everywhere=_word(values, "global", "imageRegistry")
        or _word(values, "global", "image", "registry"),
        registry=_word(values, "defaultImageRegistry"),
        organisation=_word(values, "defaultImageRepository"),
        tag=_word(values, "defaultImageTag"),
        hub=_word(values, "global", "hub") or _word(values, "hub"),
    )


def chart_of(path: PurePosixPath, context: Context) -> Chart:
    """Return the chart to which the values at *path* belong, if there is one."""
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
    return Chart(version=version, parts=frozenset(names))


def _adds_v(folder: PurePosixPath, context: Context) -> bool:
    """Tell whether the usual templates write a `v` before the chart's version."""
    texts = (context.read(folder / "templates" / name) for name in _TEMPLATES)
    return any(text is not None and _WITH_V.search(text.value) for text in texts)


def _word(node: Node | None, *keys: str) -> str:
    scalar = scalar_at(node, *keys)
    return scalar.value.strip() if scalar else ""
