"""The images in the manifests that a kustomization takes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.kubernetes.kubernetes import manifest_images
from imagelock.sources.kubernetes.manifest_images import manifest_image
from imagelock.sources.kubernetes.walk import is_object
from imagelock.sources.shared.definitions import documents_without_definitions
from imagelock.syntax.yaml_json.documents import Broken
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.sources.relations import ManifestImage

_UNREAD: Final = frozenset({Reason.TEMPLATE, Reason.UNPARSEABLE})


def images_of_manifest(
    path: PurePosixPath, context: Context
) -> tuple[list[ManifestImage], bool]:
    """Return the images in the manifest at *path*, and whether they are all."""
    text = context.read(path)
    if text is None:
        return [], False
    if "image" not in text.value:
        return [], True
    found = manifest_images(path, text, context)
    is_complete = not any(
        isinstance(finding, Skipped) and finding.reason in _UNREAD and not images
        for finding, images in found
    )
    images = dict.fromkeys(image for _, images in found for image in images)
    return list(images), is_complete


def objects_of_manifest(path: PurePosixPath, context: Context) -> list[ManifestImage]:
    """Return each object in the manifest at *path*, as an image without a value."""

    def read() -> list[ManifestImage]:
        text = context.read(path)
        return [
            manifest_image(at, at)
            for document in (documents_without_definitions(text) if text else ())
            if not isinstance(document, Broken)
            for pattern in ("", "items[]")
            for at in select(NodeRef(document), pattern, VisitLimit())
            if is_object(at.node)
        ]

    return context.memory.remember((objects_of_manifest, path), read)
