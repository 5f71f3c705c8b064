"""The patches of a kustomization, in it and in other files.

A patch is a text with objects to merge, or with a list of operations (RFC 6902).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.manifest_images import manifest_image
from imagelock.sources.kustomize.edits import Operation
from imagelock.sources.kustomize.merges import merge_of
from imagelock.sources.kustomize.selector import Selector
from imagelock.sources.shared.classify import NEVER
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    scalar_at,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.kustomize.edits import Edit, Put
    from imagelock.sources.kustomize.kustomization import Kustomization
    from imagelock.sources.relations import ManifestImage
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.tree import Node

PATCHES: Final = ("patchesStrategicMerge[]", "patches[]")
LATE_PATCHES: Final = ("patchesJson6902[]",)
"""Patches before and after a kustomization names objects, in the order of Kustomize.

`configureBuiltinTransformers` in its `kusttarget_configplugin.go`.
"""

_CONTAINERS: Final = re.compile(
    r"/(?:containers|initContainers|ephemeralContainers)(/(?:[0-9]+|-))?"
)


@dataclass(frozen=True, slots=True)
class Patch:
    """What a patch does to which objects.

    `path` is the file of a patch that is not in the kustomization.
    """

    edits: list[tuple[Selector, Edit]] = field(default_factory=list)
    path: PurePosixPath | None = None


def patches(
    kustomization: Kustomization, patterns: Iterable[str], context: Context
) -> Iterator[Patch]:
    """Yield the patches at *patterns*, those in files as *context* reads them."""
    for pattern in patterns:
        for layer in kustomization.layers:
            for entry in distinct(layer.select(pattern)):
                for at in _texts(entry):
                    yield from patch_at(kustomization, layer.file, at, context)


def patch_at(
    kustomization: Kustomization, file: SubstitutedFile, at: NodeRef, context: Context
) -> Iterator[Patch]:
    """Yield the patch that *at* of *file* is, or whose path it is."""
    if not isinstance(at.node, Scalar):
        # Old versions of Flux have patches that are no texts.
        yield Patch(list(_edits(file, at, Selector.beside(at))))
        return
    value = at.node.value
    if value.strip() and not is_path(value):
        yield _inline(file, at)
    path = kustomization.beside(value) if is_path(value) else None
    if path and (text := context.read(path)):
        other = replace(kustomization.file, path=path, text=text)
        yield Patch(list(_edits_in(other, Selector.beside(at))), path)


def is_path(text: str) -> bool:
    """Return whether *text* is the path of a file with a patch, not a patch."""
    return "\n" not in text and ":" not in text and text[:1] not in "[{"


def _texts(entry: NodeRef) -> Iterator[NodeRef]:
    """Yield the patch of *entry*, or its path: the entry itself, or one of its keys."""
    keys = [key for key in ("path", "patch") if _has(entry.node, key)]
    if not keys:
        yield entry
    for key in keys:
        yield from select(entry, key, VisitLimit())


def _has(node: Node, key: str) -> bool:
    return isinstance(node, Mapping) and node.get(key) is not None


def _inline(file: SubstitutedFile, at: NodeRef) -> Patch:
    """Return the patch whose text is the scalar *at* of *file*."""
    edits: list[tuple[Selector, Edit]] = []

    def findings(text: Text) -> Iterator[Found]:
        edits.extend(_edits_in(replace(file, text=text), Selector.beside(at)))
        return (finding for _, edit in edits for finding, _ in edit.puts)

    outward = list(embedded(file, at, findings))
    if not edits:
        puts = tuple((finding, ()) for finding in outward)
        return Patch([(Selector(), Operation(puts))])
    remaining = iter(outward)
    return Patch([(selector, _with(edit, remaining)) for selector, edit in edits])


def _with(edit: Edit, findings: Iterator[Found]) -> Edit:
    """Return *edit* with the next of *findings* in place of its own."""
    return replace(
        edit, puts=tuple((next(findings), images) for _, images in edit.puts)
    )


def _edits_in(
    file: SubstitutedFile, target: Selector | None
) -> Iterator[tuple[Selector, Edit]]:
    for document in documents(file.text):
        if isinstance(document, Broken):
            broken = tuple((finding, ()) for finding in file.broken(document))
            yield Selector(), Operation(broken)
        else:
            yield from _edits(file, NodeRef(document), target)


def _edits(
    file: SubstitutedFile, patch: NodeRef, target: Selector | None
) -> Iterator[tuple[Selector, Edit]]:
    """Yield what *patch* of *file*, an object or a list of operations, does."""
    if isinstance(patch.node, Mapping):
        puts = (
            (finding, tuple(manifest_image(patch, at) for at in nodes))
            for finding, nodes in kubernetes.located_images(file, patch)
        )
        selector = target or Selector.of_object(patch.node)
        yield selector, merge_of(patch, tuple(puts))
    elif isinstance(patch.node, Sequence):
        for operation in select(patch, "[]", VisitLimit()):
            yield target or Selector(is_certain=False), _operation(file, operation)


def _operation(file: SubstitutedFile, at: NodeRef) -> Operation:
    """Return the operation *at*, with the images in its value."""
    pointer, word = scalar_at(at.node, "path"), text_at(at.node, "op")
    if pointer is None:
        return Operation(())
    value = next(select(at, "value", VisitLimit()), None)
    puts = () if value is None else tuple(_puts(file, value, pointer.value))
    if word == "test":
        # It compares, and pulls nothing.
        puts = tuple((_compared(finding), ()) for finding, _ in puts)
    is_never = text_at(at.node, "value") == NEVER
    return Operation(puts, word, _field(pointer.value), is_never)


def _puts(file: SubstitutedFile, value: NodeRef, pointer: str) -> Iterator[Put]:
    """Yield the images in *value*, which an operation puts at *pointer*."""
    containers = _CONTAINERS.search(pointer)
    if isinstance(value.node, Scalar):
        if pointer.endswith("/image") and value.node.value.strip():
            yield file.classify(value.node.value, value), (_at(value, value, pointer),)
    elif containers and containers.end() == len(pointer):
        pattern = "image" if containers[1] else "[].image"
        for image in select(value, pattern, VisitLimit()):
            if isinstance(image.node, Scalar) and image.node.value.strip():
                finding = file.classify(image.node.value, image)
                yield finding, (_at(value, image, pointer),)
    else:
        for finding, nodes in kubernetes.located_images(file, value):
            yield finding, tuple(_at(value, at, pointer) for at in nodes)


def _at(value: NodeRef, at: NodeRef, pointer: str) -> ManifestImage:
    """Return the image *at* in *value*, which an operation puts at *pointer*."""
    image = manifest_image(value, at)
    field = f"{_field(pointer)}.{image.field}".rstrip(".").replace(".[", "[")
    return replace(image, kind="", name="", namespace="", field=field)


def _field(pointer: str) -> str:
    """Return the field that a JSON pointer leads to, in dotted form."""
    steps = (
        step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]
    )
    return "".join(
        f"[{step}]" if step.isdecimal() or step == "-" else f".{step}" for step in steps
    ).lstrip(".")


def _compared(finding: Found) -> Found:
    detail = f"`{finding.place.text}`: a patch compares with it, and pulls nothing"
    return Skipped(place=finding.place, reason=Reason.PATTERN, detail=detail)
