"""Images with annotations, layers and settings, as publishers push them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imagelock.demo.images import OCI_CONFIG, Content, TinyImage
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.platform import Platform

LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True, kw_only=True)
class Build:
    """What a publisher builds for one platform; `layers` are their contents."""

    layers: Sequence[str] = ("base", "app")
    config: Mapping[str, Any] = field(default_factory=dict)
    created: str = "2026-01-02T03:04:05Z"
    annotations: Mapping[str, str] = field(default_factory=dict)


def manifest(platform: Platform, build: Build) -> TinyImage:
    """Return the image of *build* without an index."""
    layers = [Content(LAYER, f"{platform} {text}".encode()) for text in build.layers]
    document = {
        "os": platform.os,
        "architecture": platform.architecture,
        "variant": platform.variant,
        "created": build.created,
        "config": dict(build.config),
        "rootfs": {
            "type": "layers",
            "diff_ids": [str(layer.digest) for layer in layers],
        },
    }
    config = Content(OCI_CONFIG, json.dumps(document).encode())
    top = _content(
        OCI_MANIFEST,
        {
            "config": config.descriptor(),
            "layers": [layer.descriptor() for layer in layers],
        },
    )
    return TinyImage(blobs=(config, *layers), top=top)


def index(platforms: Sequence[Platform], build: Build) -> TinyImage:
    """Return an index of *build* for each of *platforms*, its words on the children."""
    made = [manifest(platform, build) for platform in platforms]
    listed = [
        image.top.descriptor(
            platform={
                "os": platform.os,
                "architecture": platform.architecture,
                "variant": platform.variant,
            },
            annotations=dict(build.annotations),
        )
        for image, platform in zip(made, platforms, strict=True)
    ]
    return TinyImage(
        blobs=tuple(blob for image in made for blob in image.blobs),
        children=tuple(image.top for image in made),
        top=_content(OCI_INDEX, {"manifests": listed}),
    )


def _content(media_type: str, fields: Mapping[str, object]) -> Content:
    document = {"schemaVersion": 2, "mediaType": media_type, **fields}
    return Content(media_type, json.dumps(document).encode())
