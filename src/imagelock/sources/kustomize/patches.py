"""Images in the patches of a kustomization, in it and in other files.

A patch is a text with objects to merge, or with a list of operations (RFC 6902).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.manifest_images import manifest_image
from imagelock.sources.kustomize.selector import Selector
from imagelock.sources.relations import ManifestImage
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.kustomize.kustomization import Kustomization
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_INLINE: Final = (
    "patches[].patch",
    "patchesStrategicMerge[]",
    "patchesJson6902[].patch",
)
_FILES: Final = (
    "patches[]",
    "patches[].path",
    "patchesStrategicMerge[]",
    "patchesJson6902[].path",
)
_CONTAINERS: Final = re.compile(
    r"/(?:containers|initContainers|ephemeralContainers)(/(?:[0-9]+|-))?"
)


_Located = tuple["Found", tuple[ManifestImage, ...]]
"""An image in a patch, and what it is in the objects that get it."""


@dataclass(frozen=True, slots=True)
class Patch:
    """The images that a patch puts into objects, each with what it is there.

    An image in the values of a chart is in no object. `selector` are the objects,
    and `path` is the file of a patch that is not in the kustomization.
    """

    selector: Selector
    path: PurePosixPath | None = None
    images: list[_Located] = field(default_factory=list)


def patches(kustomization: Kustomization, context: Context) -> Iterator[Patch]:
    """Yield the patches of *kustomization*, those in files as *context* reads them."""
    for pattern in _INLINE:
        for at in distinct(kustomization.select(pattern)):
            if isinstance(at.node, Scalar) and not is_path(at.node.value):
                yield inline_patch(kustomization.file, at)
    for pattern in _FILES:
        for at in distinct(kustomization.select(pattern)):
            if isinstance(at.node, Scalar) and is_path(at.node.value):
                yield from patch_in_file(kustomization, at, context)


def inline_patch(file: SubstitutedFile, at: NodeRef) -> Patch:
    """Return the patch whose text is the scalar *at* of *file*."""
    patch = Patch(Selector.beside(at))
    located: dict[int, tuple[ManifestImage, ...]] = {}

    def images_in(text: Text) -> Iterator[Found]:
        for finding, images in _images(replace(file, text=text), patch.selector):
            located[len(located)] = images
            yield finding

    for index, finding in enumerate(embedded(file, at, images_in)):
        patch.images.append((finding, located.get(index, ())))
    return patch


def patch_in_file(
    kustomization: Kustomization, at: NodeRef, context: Context
) -> Iterator[Patch]:
    """Yield the patch in the file whose path is the scalar *at*, if it can be read."""
    target = at.node.value if isinstance(at.node, Scalar) else ""
    path = kustomization.beside(target)
    text = context.read(path) if path else None
    if path and text:
        file = replace(kustomization.file, path=path, text=text)
        selector = Selector.beside(at)
        yield Patch(selector, path, list(_images(file, selector)))


def is_path(text: str) -> bool:
    """Return whether *text* is the path of a file with a patch, not a patch."""
    return "\n" not in text and ":" not in text and text[:1] not in "[{"


def _images(file: SubstitutedFile, selector: Selector) -> Iterator[_Located]:
    for document in documents(file.text):
        if isinstance(document, Broken):
            yield file.broken(document), ()
            continue
        for finding, images in _of_document(file, NodeRef(document)):
            yield finding, tuple(map(selector.located, images))


def _of_document(file: SubstitutedFile, top: NodeRef) -> Iterator[_Located]:
    """Yield the images in *top*, an object to merge or a list of operations."""
    if isinstance(top.node, Mapping):
        for finding, nodes in kubernetes.located_images(file, top):
            yield finding, tuple(manifest_image(top, at) for at in nodes)
    elif isinstance(top.node, Sequence):
        for operation in select(top, "[]", VisitLimit()):
            yield from _operation(file, operation)


def _operation(file: SubstitutedFile, at: NodeRef) -> Iterator[_Located]:
    """Yield the images in the value of the operation *at*."""
    target, kind = scalar_at(at.node, "path"), scalar_at(at.node, "op")
    value = next(select(at, "value", VisitLimit()), None)
    if target is None or value is None:
        return
    containers = _CONTAINERS.search(target.value)
    if isinstance(value.node, Scalar):
        if target.value.endswith("/image") and value.node.value.strip():
            is_test = kind is not None and kind.value == "test"
            located = _located(value, value, target.value)
            yield _image(file, value, is_test=is_test), () if is_test else (located,)
    elif containers and containers.end() == len(target.value):
        pattern = "image" if containers[1] else "[].image"
        for image in select(value, pattern, VisitLimit()):
            if isinstance(image.node, Scalar) and image.node.value.strip():
                located = _located(value, image, target.value)
                yield _image(file, image, is_test=False), (located,)
    else:
        for finding, nodes in kubernetes.located_images(file, value):
            yield finding, tuple(_located(value, at, target.value) for at in nodes)


def _located(value: NodeRef, at: NodeRef, pointer: str) -> ManifestImage:
    """Return the image *at* in *value*, which an operation puts at *pointer*."""
    image = manifest_image(value, at)
    steps = (
        step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]
    )
    before = "".join(
        f"[{step}]" if step.isdecimal() or step == "-" else f".{step}" for step in steps
    )
    field = f"{before}.{image.field}".rstrip(".").replace(".[", "[").lstrip(".")
    return replace(image, kind="", name="", namespace="", field=field)


def _image(file: SubstitutedFile, at: NodeRef, *, is_test: bool) -> Found:
    value = at.node.value if isinstance(at.node, Scalar) else ""
    if is_test:
        detail = f"`{value}`: a patch compares with it, and pulls nothing"
        return file.skip(at, Reason.PATTERN, detail)
    return file.classify(value, at)
