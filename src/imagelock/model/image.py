"""Locked images: content, named by digests."""

from __future__ import annotations

from imagelock.dataclass import dataclass, replace
from imagelock.light_typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Collection

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
CHART_ARCHIVE: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
"""Of a chart in a repository with an `index.yaml` (helm.sh/docs/topics/registries)."""
INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFEST_TYPES: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})


@dataclass(frozen=True, slots=True)
class PlatformManifest:
    """The manifest of a platform in an index."""

    platform: Platform
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A locked image.

    `reference` is the key of its lock entry. `digest` is that of the index, or
    of the manifest if there is no index. `media_type` is empty if the digest was
    imported and not resolved yet. `platforms` are the declared platforms that the
    image has, in the order of their names. `release`, `source` and `revision` are
    the publisher's annotations `org.opencontainers.image.version`, `.source` and
    `.revision`, if the index or manifest has them. `artifact_type` is what it is if it
    is no container image, such as a chart: a media type. `signer` is who signed it, if that
    was verified.
    """

    reference: Reference
    digest: Digest
    media_type: str
    artifact_type: str | None = None
    platforms: tuple[PlatformManifest, ...] = ()
    release: str | None = None
    source: str | None = None
    revision: str | None = None
    signer: Signer | None = None

    @property
    def is_complete(self) -> bool:
        """Whether a registry resolved it; otherwise only the digest is known."""
        return bool(self.media_type)

    @property
    def is_index(self) -> bool:
        """Whether it can have several platforms."""
        return self.media_type in INDEX_TYPES

    def manifest(self, platform: Platform) -> Digest | None:
        """Return the digest of the manifest for *platform*, if the image has it."""
        return next((m.digest for m in self.platforms if m.platform == platform), None)

    def narrowed(self, platforms: Collection[Platform]) -> Self:
        """Return the image with only the manifests for *platforms*.

        An image without an index has one platform, which stays.
        """
        if not self.is_index:
            return self
        manifests = tuple(
            manifest
            for manifest in self.platforms
            if any(platform.covers(manifest.platform) for platform in platforms)
        )
        if manifests == self.platforms:
            return self
        return replace(self, platforms=manifests)
