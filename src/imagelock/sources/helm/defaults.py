"""Defaults of a chart for values with only a part of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.helm.beside import outer_registry
from imagelock.sources.helm.chart_folder import (
    dependencies,
    first_part,
    values_key,
    word,
)
from imagelock.sources.helm.keys import CHART, FOLDERS
from imagelock.syntax.yaml_json.paths import NodeRef, steps_below
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.paths import Path
    from imagelock.syntax.yaml_json.tree import Node


ISTIO: Final = "_internal_defaults_do_not_set"
"""The key with all values in Istio's charts."""

_DEEPEST: Final = 20


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
    names in Istio's charts. `outer` is the path of another registry around the image,
    which its templates may use. `base` are the values that these override. `top` is the
    path of the values in their file.
    """

    chart: Chart = NO_CHART
    global_registry: str = ""
    registry: str = ""
    organisation: str = ""
    tag: str = ""
    hub: str = ""
    outer: str = ""
    base: Node | None = None
    top: Path = None

    def inherited(self, path: Path, key: str) -> str:
        """Return the value of *key* of the mapping at *path* in the base."""
        if self.base is None:
            return ""
        steps = list(map(str, steps_below(self.top, path)[:_DEEPEST]))
        return word(self.base, *steps, key)


def defaults_of(
    values: NodeRef, chart: Chart = NO_CHART, base: Node | None = None
) -> Defaults:
    """Return the defaults at the top level of *values*, or of *base* below them."""

    def first(*paths: str) -> str:
        found = (
            word(node, *path.split("."))
            for node in (values.node, base)
            for path in paths
        )
        return next(filter(None, found), "")

    return Defaults(
        chart=chart,
        outer=_outer_registry(values.node, base),
        global_registry=first("global.imageRegistry", "global.image.registry"),
        registry=first("defaultImageRegistry"),
        organisation=first("defaultImageRepository"),
        tag=first("defaultImageTag"),
        hub=first("global.hub", "hub", f"{ISTIO}.hub", f"{ISTIO}.global.hub"),
        base=base,
        top=values.path,
    )


def _outer_registry(*tops: Node | None) -> str:
    """Return the path of a registry for all images at the top of *tops*, or empty."""
    for top in tops:
        if top is None:
            continue
        whole = top.get("global") if isinstance(top, Mapping) else None
        if whole and (outer := outer_registry(NodeRef(whole, (None, "global")))):
            return outer
        if outer := outer_registry(NodeRef(top)):
            return outer
    return ""


def base_of(path: PurePosixPath, context: Context) -> Node | None:
    """Return the `values.yaml` that the values at *path* override, if there is one."""
    bases = (folder / "values.yaml" for folder in _folders(path))
    nodes = (first_part(base, context).node for base in bases if base != path)
    return next((node for node in nodes if node is not None), None)


def chart_of(path: PurePosixPath, context: Context) -> Chart:
    """Return the chart of the values at *path*, or `NO_CHART`."""
    for folder in _folders(path):
        metadata = first_part(folder / CHART, context).node
        if metadata is not None:
            return Chart(
                version=word(metadata, "appVersion"),
                subcharts=frozenset(map(values_key, dependencies(metadata))),
            )
    return NO_CHART


def _folders(path: PurePosixPath) -> list[PurePosixPath]:
    is_below = path.parent.name in FOLDERS
    return [path.parent, path.parent.parent] if is_below else [path.parent]
