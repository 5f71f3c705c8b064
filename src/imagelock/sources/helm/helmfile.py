"""Charts and values in the state files of helmfile, which can have any name.

https://helmfile.readthedocs.io/en/latest/#configuration
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
from imagelock.sources.helm.sets import images_at, set_places
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.protocol import About
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    scalar_at,
    select,
    text_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation

ABOUT: Final = About(
    recognised="`helmfile*.yaml`, `helmfile*.yaml.gotmpl`, and the same in"
    " `helmfile.d/`; any other YAML (or `.yaml.gotmpl`) with a list `releases` whose items"
    " have a `name` and a `chart`",
    read="`releases[]`: charts from `oci://` (or from a repository with `oci: true`)"
    " at their `version`; `values` that are written in the file, and the files that are"
    " listed there; `set` of an image",
    not_read="files of values whose path is a template; `secrets`; charts of"
    " repositories with an `index.yaml`, without"
    " [`charts`](../guides/helm.md#charts-of-repositories-charts)",
    pinned="behind the version of a chart; in values as in their own files",
    notes="A value of `set` beats all files of values. One that is only a part of an"
    " image, such as its tag, is skipped (`set-value`), unless the chart is a folder of"
    " the project. A file with templates that is"
    " no YAML until it is rendered is skipped (`template`). Only newer versions of"
    " helmfile accept the digest of a chart.",
)
_RELEASES: Final = ("releases[]", "templates.*")
_NAME: Final = re.compile(r"helmfile.*|helmfile\.d/.*", re.IGNORECASE)
_LIST: Final = re.compile(
    r"""^["']?releases["']?[ \t]*+:[ \t]*+(?:#.*)?\r?\n(?:[ \t]*+(?:#.*|\{\{.*)?\r?\n)*+"""
    r"""[ \t]*+-[ \t]""",
    re.MULTILINE,
)
_ITEM: Final = r"^[ \t]*+(?:-[ \t]++)?{key}[ \t]*+:[ \t]"
_KEYS: Final = tuple(
    re.compile(_ITEM.format(key=key), re.MULTILINE) for key in ("name", "chart")
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match files by their names, and others with a list of releases of charts."""
    if any(map(_NAME.fullmatch, (path.name, "/".join(path.parts[-2:])))):
        return True
    if "chart" not in text or not _LIST.search(text) or OTHER_FORMAT.search(text):
        return False
    return all(key.search(text) for key in _KEYS)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the charts of all releases, and the images in their values."""
    file = SubstitutedFile(path=path, text=text, format="helmfile")
    repositories: dict[str, str] = {}
    listed = ListedValues(file, context)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        top = NodeRef(document)
        repositories |= _repositories(top)
        visits = VisitLimit()
        yield from merge_duplicates(
            finding
            for pattern in _RELEASES
            for release in select(top, pattern, visits)
            for finding in _release(listed, release, repositories)
        )


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the files with values of the releases."""
    entries = (
        at
        for document in documents(text)
        if not isinstance(document, Broken)
        for pattern in _RELEASES
        for at in select(NodeRef(document), f"{pattern}.values[]", VisitLimit())
    )
    yield from used_values(layers_of(path, entries), context)


def _repositories(top: NodeRef) -> dict[str, str]:
    """Return the addresses of the repositories by name: those in registries as `oci://`."""
    addresses = {}
    for at in select(top, "repositories[]", VisitLimit()):
        name, url, oci = (scalar_at(at.node, key) for key in ("name", "url", "oci"))
        if name and url:
            is_registry = oci is not None and oci.value == "true"
            host = url.value.removeprefix("oci://").rstrip("/")
            addresses[name.value] = f"oci://{host}" if is_registry else url.value
    return addresses


def _release(
    listed: ListedValues, at: NodeRef, repositories: dict[str, str]
) -> Iterator[Found]:
    file, context = listed.file, listed.context
    chart = text_at(at.node, "chart")
    home = repositories.get(chart.partition("/")[0], "")
    yield from release_chart(listed, at, chart, home)
    local = chart_in(path_below(file.path.parent, chart), context)
    entries = list(layers_of(file.path, select(at, "values[]", VisitLimit())))
    places = set_places(select(at, "set[]", VisitLimit()))
    yield from listed.images(entries, local, chart, places)
    yield from images_at(file, places, listed.above(entries, local))
