"""Images of kustomizations: `images`, charts, and patches."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_yaml_or_json, rendered
from imagelock.sources.helm.defaults import defaults_of
from imagelock.sources.helm.images import images
from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.sources.kustomize.patches import patched
from imagelock.sources.protocol import About
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.kustomize_images import REPLACING, replacement
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`kustomization.yaml`, `kustomization.yml`, `Kustomization`, and YAML"
    " with `kustomize.config.k8s.io`",
    read="`images[]`: `newName`, `newTag` and `digest`; charts of `helmCharts` from"
    " `oci://`, and their `valuesInline`; patches that are written in the file:"
    " objects, and operations on an `image`",
    not_read="files of patches that are no objects",
    pinned="in `digest` if that key is there, and otherwise behind the tag in `newTag`;"
    " in values and patches as in their own files",
    notes="An entry without tag and digest takes the tag from the manifests, and is"
    " skipped (`needs-base`); so is one with `tagSuffix`. A name that is a"
    " regular expression is a `pattern`. In the manifests that `resources`"
    " lists, a replaced image is only a key and is not locked.",
)
_NAMES: Final = {"kustomization.yaml", "kustomization.yml", "Kustomization"}
_GROUP: Final = "kustomize.config.k8s.io"
_NO_DIGEST: Final = "kustomize takes no digest for a chart"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name, as `apiVersion` is optional, or by the `apiVersion`."""
    return rendered(path).name in _NAMES or _GROUP in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images in `images`, in charts and their values, and in patches."""
    del context
    file = SubstitutedFile(path=path, text=text, format="kustomize")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        top = NodeRef(document)
        entries = select(top, "images[]", VisitLimit())
        yield from merge_duplicates(
            finding for entry in entries for finding in replacement(file, entry)
        )
        for entry in select(top, "helmCharts[]", VisitLimit()):
            yield from _chart(file, entry)
        visits = VisitLimit()
        for values in select(top, "helmCharts[].valuesInline", visits):
            yield from images(file, values, defaults_of(values.node), visits)
        yield from patched(file, top, frozenset(_names(document)))


def replacements(
    path: PurePosixPath, text: Text, context: Context
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield each file of `resources` with each name that the kustomization replaces."""
    del context
    for document in documents(text):
        if not isinstance(document, Mapping):
            continue
        names = _names(document)
        for resource in _resources(document) if names else ():
            file = PurePosixPath(os.path.normpath(path.parent / resource))
            yield from ((file, name) for name in sorted(names))


def _chart(file: SubstitutedFile, entry: NodeRef) -> Iterator[Found]:
    """Yield the chart of *entry* if it is in a registry."""
    repo, name, version = (
        scalar_at(entry.node, key) for key in ("repo", "name", "version")
    )
    if repo and name and version and is_oci(repo.value):
        at = NodeRef(version, (entry.path, "version"), entry.node)
        yield oci_chart(file, f"{repo.value.rstrip('/')}/{name.value}", at, _NO_DIGEST)


def _names(document: Node) -> set[str]:
    """Return the names that `images` replaces."""
    entries = select(NodeRef(document), "images[]", VisitLimit())
    return {name for entry in entries if (name := _replaced_name(entry.node))}


def _replaced_name(node: object) -> str | None:
    if not isinstance(node, Mapping) or not any(scalar_at(node, k) for k in REPLACING):
        return None
    name = scalar_at(node, "name")
    return name.value if name else None


def _resources(document: Mapping) -> Iterator[str]:
    listed = document.get("resources")
    for item in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(item, Scalar) and is_yaml_or_json(PurePosixPath(item.value)):
            yield item.value
