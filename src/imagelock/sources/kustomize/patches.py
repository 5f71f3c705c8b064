"""Images in the inline patches of a kustomization.

A patch is a text with objects to merge, or with a list of operations (RFC 6902).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_PATCHES: Final = (
    "patches[].patch",
    "patchesStrategicMerge[]",
    "patchesJson6902[].patch",
)
_CONTAINERS: Final = re.compile(
    r"/(?:containers|initContainers|ephemeralContainers)(/(?:[0-9]+|-))?"
)


def patched(
    file: SubstitutedFile, kustomization: NodeRef, replaced: frozenset[str]
) -> Iterator[Found]:
    """Yield the images in the patches of *kustomization*.

    *replaced* are the names that it replaces with other images.
    """

    def images_in(text: Text) -> Iterator[Found]:
        return _patch(replace(file, text=text), replaced)

    for pattern in _PATCHES:
        for patch in distinct(select(kustomization, pattern, VisitLimit())):
            yield from embedded(file, patch, images_in)


def _patch(file: SubstitutedFile, replaced: frozenset[str]) -> Iterator[Found]:
    for document in documents(file.text):
        match document:
            case Broken():
                yield from file.broken(document)
            case Mapping():
                yield from kubernetes.images(file, NodeRef(document), replaced)
            case Sequence():
                for operation in select(NodeRef(document), "[]", VisitLimit()):
                    for finding in _operation(file, operation, replaced):
                        yield kubernetes.unless_replaced(finding, replaced)
            case Scalar():
                continue  # The name of a file.


def _operation(
    file: SubstitutedFile, at: NodeRef, replaced: frozenset[str]
) -> Iterator[Found]:
    """Yield the images in the value of the operation *at*."""
    target, kind = scalar_at(at.node, "path"), scalar_at(at.node, "op")
    value = next(select(at, "value", VisitLimit()), None)
    if target is None or value is None:
        return
    containers = _CONTAINERS.search(target.value)
    if isinstance(value.node, Scalar):
        if target.value.endswith("/image") and value.node.value.strip():
            yield _image(file, value, is_test=kind is not None and kind.value == "test")
    elif containers and containers.end() == len(target.value):
        pattern = "image" if containers[1] else "[].image"
        for image in select(value, pattern, VisitLimit()):
            if isinstance(image.node, Scalar) and image.node.value.strip():
                yield _image(file, image, is_test=False)
    else:
        yield from kubernetes.images(file, value, replaced)


def _image(file: SubstitutedFile, at: NodeRef, *, is_test: bool) -> Found:
    value = at.node.value if isinstance(at.node, Scalar) else ""
    if is_test:
        detail = f"`{value}`: a patch compares with it, and pulls nothing"
        return file.skip(at, Reason.PATTERN, detail)
    return file.classify(value, at)
