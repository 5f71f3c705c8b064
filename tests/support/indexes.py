"""Indexes whose descriptors say what a test wants, and whose parts may be indexes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagelock.demo.images import Content, TinyImage
from imagelock.model.image import OCI_INDEX
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = {
    Platform.parse(f"linux/{name}"): {"os": "linux", "architecture": name}
    for name in ("amd64", "arm64")
}
"""Platforms as descriptors have them."""


def index_of(
    *parts: tuple[TinyImage, Mapping[str, Any]], **fields: object
) -> TinyImage:
    """Return an index of images, each with the further fields of its descriptor."""
    manifests = [image.top.descriptor(**more) for image, more in parts]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    return TinyImage(
        blobs=tuple(blob for image, _ in parts for blob in image.blobs),
        children=tuple(
            content for image, _ in parts for content in (*image.children, image.top)
        ),
        top=Content(OCI_INDEX, json.dumps({**document, **fields}).encode()),
    )
