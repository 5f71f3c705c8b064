"""Charts in registries (`oci://`) and repositories that Kubernetes objects install.

`HelmRelease` and `HelmChart` of Flux, `Application` and `ApplicationSet` of Argo CD,
`Release` of Crossplane, `HelmChart` of k3s, and those of k0s, Sveltos and Cluster API.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.helm.oci_chart import is_oci, oci_artifact, oci_chart
from imagelock.sources.helm.repository_chart import RepositoryChart, repository_chart
from imagelock.sources.kubernetes.chart_kinds import CHART_PLACES, kind_of
from imagelock.sources.kubernetes.helm_repositories import (
    REPOSITORY_KIND,
    repository_of,
)
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    scalar_at,
    select,
    text_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.kubernetes.chart_kinds import ChartPlace
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_NO_DIGEST: Final = "what installs this chart takes no digest for it"
_NO_VERSION: Final = "without a version, the newest one counts when it is installed"
_REGISTRY: Final = re.compile(
    r"(?:localhost|(?=[^/]*[.:])[A-Za-z0-9.-]+(?::[0-9]+)?)(?:/[a-z0-9._/-]+)?/?"
)
"""Argo CD: a registry, with a part of the name, has no `oci://` before it."""


def registry_charts(
    file: SubstitutedFile, at: NodeRef, context: Context | None
) -> Iterator[Found]:
    """Yield the charts that the object *at* in *file* takes from elsewhere."""
    for place in CHART_PLACES.get(kind_of(at.node), ()):
        for source in select(at, place.source, VisitLimit()):
            repository = _text(source, place.repository)
            if place.is_referred:
                repository = repository_of(file, at, source, context)
            scalar = scalar_at(source.node, place.name)
            name = scalar.value.strip() if scalar else ""
            if place.is_aliased and not is_oci(name) and not is_oci(repository):
                alias, _, rest = name.rpartition("/")
                repository = repository or _named(at, place.repositories, alias)
                name = rest if repository else name
            address = _address(repository, name, place)
            if is_oci(address):
                yield _chart(file, source, address, place)
            elif context and context.charts and name:
                chart = RepositoryChart(repository, name)
                yield from _repository_chart(file, source, chart, place)


def _chart(
    file: SubstitutedFile, source: NodeRef, address: str, place: ChartPlace
) -> Found:
    """Return the chart at *address* in the version that *source* has."""
    version = scalar_at(source.node, place.version)
    if version and not version.null and version.value.strip():
        at = NodeRef(version, (source.path, place.version), source.node)
        is_artifact = place.is_bare and not _text(source, place.name)
        return (oci_artifact if is_artifact else oci_chart)(
            file, address, at, _NO_DIGEST
        )
    key = place.name if _text(source, place.name) else place.repository
    named = scalar_at(source.node, key) or source.node
    at = NodeRef(named, (source.path, key), source.node)
    detail = f"`{address}`: {_NO_VERSION}"
    return file.skip(at, Reason.CONSTRAINT, detail)


def _repository_chart(
    file: SubstitutedFile, source: NodeRef, chart: RepositoryChart, place: ChartPlace
) -> Iterator[Found]:
    """Yield a *chart* of a repository with an `index.yaml`, or whose is not known."""
    version = scalar_at(source.node, place.version) or scalar_at(
        source.node, place.name
    )
    if version is None:
        return
    at = NodeRef(version, (source.path, place.version), source.node)
    is_lost = text_at(source.node, "sourceRef", "kind") == REPOSITORY_KIND
    if is_lost and not chart.address:
        where = f"its `{REPOSITORY_KIND}` was not found in the project"
        yield file.skip(at, Reason.CHART, f"`{chart.name}`: {where}")
    elif chart.address or not place.is_referred:
        yield from repository_chart(file, chart, at)


def _address(repository: str, name: str, place: ChartPlace) -> str:
    """Return the address of the chart *name*, empty if it is in no registry."""
    if is_oci(name):
        return name
    if place.is_bare and name and _REGISTRY.fullmatch(repository):
        repository = f"oci://{repository}"
    if not is_oci(repository) or not (name or place.is_bare):
        return ""
    return f"{repository.rstrip('/')}/{name}".rstrip("/")


def _named(top: NodeRef, pattern: str, name: str) -> str:
    """Return the address of the repository *name* of those at *pattern* of *top*."""
    for at in select(top, pattern, VisitLimit()) if pattern else ():
        if text_at(at.node, "name") == name:
            return text_at(at.node, "url").strip()
    return ""


def _text(source: NodeRef, key: str) -> str:
    scalar = scalar_at(source.node, *key.split(".")) if key else None
    return scalar.value.strip() if scalar else ""
