"""Charts and values in the state files of helmfile: `helmfile.yaml`, `helmfile.d/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_folder import Part
from imagelock.sources.helm.images import images
from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.sources.helm.repository_chart import (
    RepositoryChart,
    repository_chart,
)
from imagelock.sources.helm.sets import set_values
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.protocol import About
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`helmfile*.yaml`, `helmfile*.yaml.gotmpl`, and the same in"
    " `helmfile.d/`",
    read="`releases[]`: charts from `oci://` (or from a repository with `oci: true`)"
    " at their `version`; `values` that are written in the file; `set` of an image",
    not_read="files of values that are listed by name, which are read by themselves;"
    " charts of repositories with an `index.yaml`, without"
    " [`charts`](../guides/helm.md#charts-of-repositories-charts)",
    pinned="behind the version of a chart; in values as in their own files",
    notes="A value of `set` beats all files of values. One that is only a part of an"
    " image, such as its tag, is skipped (`set-value`), unless the chart is a folder of"
    " the project. A file with templates that is"
    " no YAML until it is rendered is skipped (`template`). Only newer versions of"
    " helmfile accept the digest of a chart.",
)
_RELEASES: Final = ("releases[]", "templates.*")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the charts of all releases, and the images in their values."""
    file = SubstitutedFile(path=path, text=text, format="helmfile")
    repositories: dict[str, str] = {}
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
            for finding in _release(file, release, repositories, context)
        )


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
    file: SubstitutedFile, at: NodeRef, repositories: dict[str, str], context: Context
) -> Iterator[Found]:
    chart, version = (scalar_at(at.node, key) for key in ("chart", "version"))
    if chart and version:
        repository, _, name = chart.value.partition("/")
        home = repositories.get(repository, "")
        address = f"{home}/{name}" if is_oci(home) else chart.value
        tag = NodeRef(version, (at.path, "version"), at.node)
        if is_oci(address):
            yield oci_chart(file, address, tag)
        elif context.charts:
            yield from repository_chart(file, RepositoryChart(home, name), tag)
    folder = file.path.parent
    local = chart_in(path_below(folder, chart.value) if chart else None, context)
    for values in select(at, "values[]", VisitLimit()):
        if isinstance(values.node, Mapping):
            yield from images(file, values, VisitLimit(), local)
            local = local.above_part(Part(file.text, values.node))
        elif isinstance(values.node, Scalar):
            local = local.above([path_below(folder, values.node.value)], context)
    yield from set_values(file, select(at, "set[]", VisitLimit()), local)
