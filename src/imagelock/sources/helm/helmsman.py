"""Charts and values in the desired state files of Helmsman, in YAML and TOML.

https://github.com/Praqma/helmsman/blob/master/docs/desired_state_specification.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.sources.helm.listed_values import (
    ListedValues,
    layers_of,
    used_values,
)
from imagelock.sources.helm.release_files import OTHER_FORMAT, release_chart
from imagelock.sources.helm.sets import images_at
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.protocol import About
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax import toml_tree
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="YAML and TOML with `apps` that have a `chart`, and with `helmRepos`,"
    " `preconfiguredHelmRepos` or `namespaces`: desired state files of Helmsman",
    read="`apps.*`: charts from `oci://` at their `version`, the files in `valuesFile`"
    " and `valuesFiles`; `set` and `setString` of an image",
    not_read="`secretsFile` and `secretsFiles`; `setFile`; charts of repositories with"
    " an `index.yaml`, without"
    " [`charts`](../guides/helm.md#charts-of-repositories-charts)",
    pinned="not for charts; in values as in their own files",
    notes="Files that Helmsman merges (`-f a.yaml -f b.yaml`) are read each by itself.",
)
_FORMAT: Final = "helmsman"
_UNPINNABLE: Final = "Helmsman takes no digest for a chart"
_APPS: Final = re.compile(r"^(?:apps[ \t]*+:|[ \t]*+\[apps(?:\.|\]))", re.MULTILINE)
_OTHERS: Final = re.compile(
    r"^(?:(?:helmRepos|preconfiguredHelmRepos|namespaces)[ \t]*+[:=]"
    r"|[ \t]*+\[(?:helmRepos|namespaces)(?:\.|\]))",
    re.MULTILINE,
)
_CHART: Final = re.compile(r"^[ \t]++chart[ \t]*+:|^[ \t]*+chart[ \t]*+=", re.MULTILINE)
_FILES: Final = ("valuesFile", "valuesFiles[]")
_SETS: Final = ("set.*", "setString.*")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match files with apps that have charts, and with repositories or namespaces."""
    del path
    if OTHER_FORMAT.search(text):
        return False
    return all(each.search(text) for each in (_APPS, _CHART, _OTHERS))


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the charts of all apps, and the images in their values."""
    file = SubstitutedFile(path=path, text=text, format=_FORMAT)
    listed = ListedValues(file, context)
    for document in _documents(path, text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        top = NodeRef(document)
        apps = select(top, "apps.*", VisitLimit())
        yield from merge_duplicates(
            finding for app in apps for finding in _app(listed, app, top)
        )


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the files with values of the apps."""
    entries = (
        at
        for document in _documents(path, text)
        if not isinstance(document, Broken)
        for key in _FILES
        for at in select(NodeRef(document), f"apps.*.{key}", VisitLimit())
    )
    yield from used_values(layers_of(path, entries), context)


def _documents(path: PurePosixPath, text: Text) -> Iterator[Node | Broken]:
    is_toml = path.suffix.lower() == ".toml"
    yield from toml_tree.documents(text) if is_toml else documents(text)


def _app(listed: ListedValues, app: NodeRef, top: NodeRef) -> Iterator[Found]:
    file = listed.file
    name = text_at(app.node, "chart")
    repositories = top.node.get("helmRepos") if isinstance(top.node, Mapping) else None
    home = text_at(repositories, name.partition("/")[0])
    yield from release_chart(listed, app, name, home, _UNPINNABLE)
    chart = chart_in(path_below(file.path.parent, name), listed.context)
    listed_at = (at for key in _FILES for at in select(app, key, VisitLimit()))
    entries = list(layers_of(file.path, listed_at))
    places = {
        str(at.path[1]): at
        for key in _SETS
        for at in select(app, key, VisitLimit())
        if at.path and isinstance(at.node, Scalar)
    }
    yield from listed.images(entries, chart, name, places)
    yield from images_at(file, places, listed.above(entries, chart))
