"""Find out what changed in an image, with few requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.image_details import ImageDiff, ImageFacts
from imagelock.registry.annotations import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.model.change import Change, PlatformChange
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.registry.image_config import Configuration
    from imagelock.registry.manifest import Manifest


class Contents(Protocol):
    """Manifests and configurations by their digests, which are hashed.

    Each method raises `RegistryError`, and costs a request unless `has` is true.
    """

    def has(self, digest: Digest) -> bool:
        """Tell whether *digest* was read before, and costs nothing."""
        ...

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*."""
        ...

    def configuration(self, reference: Reference, digest: Digest) -> Configuration:
        """Return the configuration at *digest*."""
        ...


def inspect(change: Change, contents: Contents, requests: int) -> ImageDiff | None:
    """Return the details of *change* on its first platform that has both sides.

    At most *requests* are sent: first for what tells a reviewer most. Where the
    index says the release or the revision, that is both manifests, for the layers;
    where it does not, the new manifest and configuration, for the labels. What
    fails is a gap, and no error.
    """
    moved = next((p for p in change.platforms if p.old and p.new), None)
    if change.old is None or change.new is None or moved is None:
        return None
    if moved.old is None or moved.new is None:
        return None
    old = _Side(change.old, moved.old)
    new = _Side(change.new, moved.new, _spoken(change.new, moved, contents))
    _Purse(contents, requests).spend(old, new)
    return ImageDiff(
        platform=moved.platform,
        old=old.facts(),
        new=new.facts(),
        missing_reason=old.missing_reason or new.missing_reason,
    )


def _spoken(
    image: Image, moved: PlatformChange, contents: Contents
) -> list[Mapping[str, str]]:
    """Return what the index says of the platform's image and of itself."""
    if not image.is_index or not contents.has(image.digest):
        return []
    try:
        index = contents.manifest(image.reference, image.digest)
    except RegistryError:
        return []
    mine = [c.annotations for c in index.children if c.platform == moved.platform]
    return [*mine, index.annotations]


@dataclass(slots=True)
class _Side:
    """One of the two images: where it is, and what was learnt of it so far."""

    image: Image
    digest: Digest
    spoken: list[Mapping[str, str]] = field(default_factory=list)
    manifest: Manifest | None = None
    configuration: Configuration | None = None
    missing_reason: str | None = None

    @property
    def is_described(self) -> bool:
        """Whether the index, or the lock from it, tells what this image is."""
        said = describe(self.spoken)
        return bool(said.release or said.revision)

    @property
    def next(self) -> Digest | None:
        """The digest of what could be read of it now."""
        if self.missing_reason:
            return None
        if self.manifest is None:
            return self.digest
        return None if self.configuration else self.manifest.config

    def facts(self) -> ImageFacts:
        """Return what is known: an annotation counts before a label."""
        spoken = [*self.spoken]
        if self.manifest:
            spoken.append(self.manifest.annotations)
        if self.configuration:
            spoken.append(self.configuration.labels)
        said = describe(spoken)
        made = self.configuration.created if self.configuration else None
        return ImageFacts(
            release=self.image.release or said.release,
            source=self.image.source or said.source,
            revision=self.image.revision or said.revision,
            created=said.created or made,
            base_name=said.base_name,
            base_digest=said.base_digest,
            layers=self.manifest.layers if self.manifest else None,
            settings=self.configuration.settings if self.configuration else None,
        )


@dataclass(slots=True)
class _Purse:
    """The requests that may still be sent."""

    contents: Contents
    left: int

    def spend(self, old: _Side, new: _Side) -> None:
        """Read of both sides what there is, in order of its worth, until it is empty."""
        turns = [new, old, new, old] if new.is_described else [new, new, old, old]
        for side in turns:
            digest = side.next
            if digest and (self.contents.has(digest) or self.left):
                self.left -= not self.contents.has(digest)
                self._read(side, digest)

    def _read(self, side: _Side, digest: Digest) -> None:
        reference = side.image.reference
        try:
            if side.manifest is None:
                side.manifest = self.contents.manifest(reference, digest)
            else:
                side.configuration = self.contents.configuration(reference, digest)
        except NotFoundError:
            side.missing_reason = (
                f"{digest.algorithm}:{digest.short} is no longer served"
            )
        except RegistryError as error:
            side.missing_reason = str(error)
