"""Lock entries, made of manifests."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from imagelock.model.image import Image, PlatformManifest
from imagelock.registry.annotations import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.registry.manifest import Manifest


def image_of_manifest(
    reference: Reference,
    digest: Digest,
    manifest: Manifest,
    platforms: Sequence[Platform],
    platform: Platform | None,
) -> Image:
    """Return the image of *manifest*, which is at *digest*.

    Of an index, it has the manifests for *platforms*. Without an index, it has the
    single *platform* of its configuration, among these or not.
    """
    children = sorted(
        (
            (child.platform, child)
            for child in manifest.children
            if child.platform and any(each.covers(child.platform) for each in platforms)
        ),
        key=itemgetter(0),
    )
    manifests = [PlatformManifest(platform, c.digest) for platform, c in children]
    if manifest.config:
        manifests = [PlatformManifest(platform, digest)] if platform else []
    stated = describe([*(c.annotations for _, c in children[:1]), manifest.annotations])
    return Image(
        reference=reference.key,
        digest=digest,
        media_type=manifest.media_type,
        artifact_type=manifest.artifact_type,
        platforms=tuple(manifests),
        release=stated.release,
        source=stated.source,
        revision=stated.revision,
    )
