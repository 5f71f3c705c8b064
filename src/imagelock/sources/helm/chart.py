"""Images and charts that `Chart.yaml` names: annotations and dependencies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.versions import chart, is_in_registry
from imagelock.sources.protocol import About
from imagelock.sources.shared.embedded import embedded
from imagelock.sources.shared.plain import broken, named
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
    recognised="`Chart.yaml`",
    read="the annotations `artifacthub.io/images` and `images`, which are lists of"
    " images in a text; dependencies from `oci://`",
    not_read="ranges of versions, which `Chart.lock` decides",
    pinned="behind the tag; not for dependencies, for which Helm takes no digest",
)
_ANNOTATIONS: Final = frozenset({"artifacthub.io/images", "images"})
_NO_DIGEST: Final = "Helm takes no digest for a dependency"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images in annotations, and the dependencies from registries."""
    del context
    file = SubstitutedFile(path=path, text=text, format="helm-chart")
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, "helm-chart")
            continue
        for at in select(NodeRef(document), "annotations", VisitLimit()):
            yield from _annotations(file, at)
        for at in select(NodeRef(document), "dependencies[]", VisitLimit()):
            yield from _dependency(file, at)


def _annotations(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:
    def listed(text: Text) -> Iterator[Found]:
        return _listed(replace(file, text=text))

    for key, node, is_duplicate_key in children(at.node):
        if key in _ANNOTATIONS:
            one = NodeRef(node, (at.path, key), at.node, is_duplicate_key)
            yield from embedded(file, one, listed)


def _listed(file: SubstitutedFile) -> Iterator[Found]:
    """Yield the images in *file*, the text of an annotation."""
    for document in documents(file.text):
        if isinstance(document, Broken):
            yield broken(file.path, file.text, document, file.format)
            continue
        for one in select(NodeRef(document), "[].image", VisitLimit()):
            if found := named(file.path, file.text, one, file.format):
                yield found


def _dependency(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:
    """Yield a chart that this one brings along, if it is in a registry."""
    repository, name, version = (
        scalar_at(at.node, key) for key in ("repository", "name", "version")
    )
    if repository and name and version and is_in_registry(repository.value):
        address = f"{repository.value.rstrip('/')}/{name.value}"
        one = NodeRef(version, (at.path, "version"), at.node)
        yield chart(file, address, one, _NO_DIGEST)
