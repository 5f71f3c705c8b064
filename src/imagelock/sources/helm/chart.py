"""Images in the annotations of `Chart.yaml`, and charts in its dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.chart_lock import locked_versions
from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.sources.helm.repository_chart import (
    RepositoryChart,
    repository_chart,
)
from imagelock.sources.protocol import About
from imagelock.sources.shared.embedded import embedded
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    children,
    scalar_at,
    select,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`Chart.yaml`, and `requirements.yaml` of Helm 2",
    read="the annotations `artifacthub.io/images` and `images`, which are lists of"
    " images in a text; dependencies from `oci://`",
    not_read="dependencies from repositories with an `index.yaml`, without"
    " [`charts`](../guides/helm.md#charts-of-repositories-charts)",
    pinned="behind the tag; not for dependencies, for which Helm takes no digest",
    notes="A range of versions stands for the version in `Chart.lock` (or"
    " `requirements.lock`). Without that file, or if it is out of date, the dependency is skipped (`constraint`).",
)
_ANNOTATIONS: Final = frozenset({"artifacthub.io/images", "images"})
_NO_DIGEST: Final = "Helm takes no digest for a dependency"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images in annotations, and the dependencies from registries."""
    file = SubstitutedFile(path=path, text=text, format="helm-chart")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        for at in select(NodeRef(document), "annotations", VisitLimit()):
            yield from _annotations(file, at)
        lock = context.read(path.with_suffix(".lock"))
        versions = locked_versions(document, lock) if lock else None
        dependencies = select(NodeRef(document), "dependencies[]", VisitLimit())
        for number, at in enumerate(dependencies):
            locked = versions[number] if versions else ""
            yield from _dependency(file, at, locked, context)


def _annotations(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:
    def images_in(text: Text) -> Iterator[Found]:
        return _images(SourceFile(path=file.path, text=text, format=file.format))

    for key, node, is_duplicate_key in children(at.node):
        if key in _ANNOTATIONS:
            annotation = NodeRef(node, (at.path, key), at.node, is_duplicate_key)
            yield from embedded(file, annotation, images_in)


def _images(file: SourceFile) -> Iterator[Found]:
    """Yield the images in *file*, the text of an annotation."""
    for document in documents(file.text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        for image in select(NodeRef(document), "[].image", VisitLimit()):
            if finding := file.scalar(image):
                yield finding


def _dependency(
    file: SubstitutedFile, at: NodeRef, locked: str, context: Context
) -> Iterator[Found]:
    """Yield the chart of the dependency *at*, if it is in a registry or a repository.

    *locked* is its exact version, if that is known.
    """
    repository, name, version = (
        scalar_at(at.node, key) for key in ("repository", "name", "version")
    )
    if not (repository and name and version):
        return
    tag = NodeRef(version, (at.path, "version"), at.node)
    if is_oci(repository.value):
        address = f"{repository.value.rstrip('/')}/{name.value}"
        yield oci_chart(file, address, tag, _NO_DIGEST, locked=locked)
    elif context.charts:
        chart = RepositoryChart(repository.value, name.value, locked)
        yield from repository_chart(file, chart, tag)
