"""What a reference stands for: content, named by digests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Collection

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFEST_TYPES: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})


@dataclass(frozen=True, slots=True)
class PlatformManifest:
    """The manifest that one platform gets."""

    platform: Platform
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A locked image.

    `reference` is the key of its lock entry. `digest` is that of the index, or
    of the manifest where there is no index. `media_type` is empty if no registry
    was asked yet, because the digest was imported. `platforms` are the declared ones
    that it has, in the order of their names. `release`, `source` and `revision`
    are the publisher's words (`org.opencontainers.image.version`, `.source`,
    `.revision`), where the index or manifest carries them.
    """

    reference: Reference
    digest: Digest
    media_type: str
    platforms: tuple[PlatformManifest, ...] = ()
    release: str | None = None
    source: str | None = None
    revision: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether a registry was asked; else only the digest is known."""
        return bool(self.media_type)

    @property
    def is_index(self) -> bool:
        """Whether it can hold several platforms."""
        return self.media_type in INDEX_TYPES

    def manifest(self, platform: Platform) -> Digest | None:
        """Return the digest that *platform* gets, if the image has it."""
        return next((m.digest for m in self.platforms if m.platform == platform), None)

    def narrowed(self, platforms: Collection[Platform]) -> Self:
        """Return the image without what is for none of *platforms*.

        An image without index is for one platform, whoever declares it.
        """
        if not self.is_index:
            return self
        kept = (
            m for m in self.platforms if any(p.covers(m.platform) for p in platforms)
        )
        return replace(self, platforms=tuple(kept))
