"""Find out what changed in an image, with few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from imagelock.dataclass import dataclass, field
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.image_details import ImageDiff, ImageFacts
from imagelock.registry.annotations import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.model.change import Change, PlatformChange
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.registry.image_config import ImageConfiguration
    from imagelock.registry.manifest import Manifest


class ManifestStore(Protocol):
    """Manifests and configurations by digest, each checked against it.

    Each method raises `RegistryError`, and costs a request unless `has` is true.
    """

    def has(self, digest: Digest) -> bool:
        """Return whether the content at *digest* is in memory."""
        ...

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*."""
        ...

    def configuration(self, reference: Reference, digest: Digest) -> ImageConfiguration:
        """Return the configuration at *digest*."""
        ...


def inspect(change: Change, store: ManifestStore, requests: int) -> ImageDiff | None:
    """Return the details of *change* on its first platform that has both sides.

    At most *requests* are sent, the most useful for a reviewer first: if the index
    states the release or the revision, both manifests, for the layers; if not, the
    new manifest and configuration, for the labels. A request that fails is the
    `missing_reason` of the result, not an error. `None` if no platform has both
    sides.
    """
    platform = next((p for p in change.platforms if p.old and p.new), None)
    if change.old is None or change.new is None or platform is None:
        return None
    if platform.old is None or platform.new is None:
        return None
    old = _Side(change.old, platform.old)
    annotations = annotations_from_index(change.new, platform, store)
    new = _Side(change.new, platform.new, annotations)
    _RequestBudget(store, requests).fetch_facts(old, new)
    return ImageDiff(
        platform=platform.platform,
        old=old.facts(),
        new=new.facts(),
        missing_reason=old.missing_reason or new.missing_reason,
    )


def annotations_from_index(
    image: Image, change: PlatformChange, store: ManifestStore
) -> list[Mapping[str, str]]:
    """Return the annotations of the platform's manifest, and of the index, in memory.

    The list is empty for an image without an index, or one that was not read.
    """
    if not image.is_index or not store.has(image.digest):
        return []
    try:
        index = store.manifest(image.reference, image.digest)
    except RegistryError:
        return []
    of_platform = [
        child.annotations
        for child in index.children
        if child.platform == change.platform
    ]
    return [*of_platform, index.annotations]


@dataclass(slots=True)
class _Side:
    """The old or the new image, and the documents of it that were fetched so far."""

    image: Image
    digest: Digest
    annotations: list[Mapping[str, str]] = field(default_factory=list)
    manifest: Manifest | None = None
    configuration: ImageConfiguration | None = None
    missing_reason: str | None = None

    @property
    def is_described(self) -> bool:
        """Whether the index states a release or a revision."""
        stated = describe(self.annotations)
        return bool(stated.release or stated.revision)

    @property
    def next(self) -> Digest | None:
        """The digest of the next document to fetch, if there is one."""
        if self.missing_reason:
            return None
        if self.manifest is None:
            return self.digest
        return None if self.configuration else self.manifest.config

    def facts(self) -> ImageFacts:
        """Return the known facts: annotations take precedence over labels."""
        annotations = [*self.annotations]
        if self.manifest:
            annotations.append(self.manifest.annotations)
        if self.configuration:
            annotations.append(self.configuration.labels)
        stated = describe(annotations)
        created = self.configuration.created if self.configuration else None
        return ImageFacts(
            release=self.image.release or stated.release,
            source=self.image.source or stated.source,
            revision=self.image.revision or stated.revision,
            created=stated.created or created,
            base_name=stated.base_name,
            base_digest=stated.base_digest,
            layers=self.manifest.layers if self.manifest else None,
            settings=self.configuration.settings if self.configuration else None,
        )


@dataclass(slots=True)
class _RequestBudget:
    """The number of requests that may still be sent."""

    store: ManifestStore
    remaining: int

    def fetch_facts(self, old: _Side, new: _Side) -> None:
        """Fetch facts for both images, most useful first, until the budget is spent."""
        turns = [new, old, new, old] if new.is_described else [new, new, old, old]
        for side in turns:
            digest = side.next
            if digest and (self.store.has(digest) or self.remaining):
                self.remaining -= not self.store.has(digest)
                self._fetch(side, digest)

    def _fetch(self, side: _Side, digest: Digest) -> None:
        reference = side.image.reference
        try:
            if side.manifest is None:
                side.manifest = self.store.manifest(reference, digest)
            else:
                side.configuration = self.store.configuration(reference, digest)
        except NotFoundError:
            side.missing_reason = f"{digest.abbreviated} is no longer served"
        except RegistryError as error:
            side.missing_reason = str(error)
