"""The images in the manifests that a kustomization takes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.manifest_images import manifest_image
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.sources.relations import ManifestImage


def manifest_images(
    path: PurePosixPath, context: Context
) -> tuple[tuple[ManifestImage, ...], bool]:
    """Return the images in the manifest at *path*, and whether they are all."""
    text = context.read(path)
    if text is None:
        return (), False
    if "image" not in text.value:
        return (), True
    file = SourceFile(path=path, text=text, format="kubernetes")
    images: dict[ManifestImage, None] = {}
    is_complete = True
    for document in documents(text):
        if isinstance(document, Broken):
            is_complete = False
            continue
        top = NodeRef(document)
        for _, nodes in kubernetes.located_images(file, top):
            images.update((manifest_image(top, at), None) for at in nodes)
    return tuple(images), is_complete
