"""The documents of a locked image, fetched only as far as somebody needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.errors import ImagelockError
from imagelock.model.base_image import BaseImage, Evidence
from imagelock.model.digest import Digest
from imagelock.model.image import PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.annotations import base_of, describe
from imagelock.registry.provenance.search import ProvenanceSearch, find_provenance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagelock.model.image import Image
    from imagelock.registry.image_config import ImageConfiguration
    from imagelock.registry.inspect import DocumentStore
    from imagelock.registry.manifest import Manifest

_NO_PLATFORM: Final = Platform.parse("unknown/unknown")


@dataclass(slots=True)
class ImageContent:
    """What *image* is, by its digests, out of *store*.

    Each method takes a manifest of the image, may send requests, and raises
    `RegistryError`.
    """

    image: Image
    store: DocumentStore
    _searches: dict[Digest, ProvenanceSearch] = field(default_factory=dict)

    @property
    def manifests(self) -> tuple[PlatformManifest, ...]:
        """The manifests of the platforms for which the image is locked.

        What has no index and states no platform, such as an artifact, has one.
        """
        if self.image.platforms or self.image.is_index:
            return self.image.platforms
        return (PlatformManifest(_NO_PLATFORM, self.image.digest),)

    def index_annotations(self, manifest: PlatformManifest) -> list[Mapping[str, str]]:
        """Return the annotations in the index: of the manifest, and of all."""
        if not self.image.is_index:
            return []
        index = self.store.manifest(self.image.reference, self.image.digest)
        own = (
            child.annotations
            for child in index.children
            if child.digest == manifest.digest
        )
        return [*own, index.annotations]

    def manifest(self, manifest: PlatformManifest) -> Manifest:
        """Return the manifest itself."""
        return self.store.manifest(self.image.reference, manifest.digest)

    def configuration(self, manifest: PlatformManifest) -> ImageConfiguration | None:
        """Return the configuration; an artifact has none."""
        digest = self.manifest(manifest).config
        if digest is None:
            return None
        return self.store.configuration(self.image.reference, digest)

    def statements(self, manifest: PlatformManifest) -> Iterator[Mapping[str, str]]:
        """Yield the annotations and then the labels, the cheapest first."""
        yield from self.index_annotations(manifest)
        yield self.manifest(manifest).annotations
        configuration = self.configuration(manifest)
        yield configuration.labels if configuration else {}

    def provenance(self, manifest: PlatformManifest) -> ProvenanceSearch:
        """Return the search for the provenance, which has ended."""
        search = self._searches.get(manifest.digest)
        if search is None:
            search = ProvenanceSearch(self.image, manifest.platform, manifest.digest)
            find_provenance(search, self.store)
            if search.error:
                raise search.error
            self._searches[manifest.digest] = search
        return search

    def dates(self, manifest: PlatformManifest) -> Iterator[str]:
        """Yield when it was made, by each that states it, the cheapest first.

        Not by labels, which an image inherits from its base.
        """
        yield describe(self.index_annotations(manifest)).created or ""
        yield describe([self.manifest(manifest).annotations]).created or ""
        configuration = self.configuration(manifest)
        yield (configuration.created if configuration else None) or ""
        provenance = self.provenance(manifest).provenance
        yield (provenance.finished if provenance else None) or ""

    def base(self, manifest: PlatformManifest) -> BaseImage:
        """Return the image on which it is built.

        The annotations of the index say it without another request, then the
        provenance, and at last the labels: these may be those of the base itself, from
        which they are inherited.
        """
        if base := _stated(self.index_annotations(manifest), Evidence.ANNOTATION):
            return base
        search = self.provenance(manifest)
        base = _from_provenance(search)
        if base and not base.unknown_reason:
            return base
        annotations = [self.manifest(manifest).annotations]
        if stated := _stated(annotations, Evidence.ANNOTATION):
            return stated
        # Of several images that the provenance names, a label would be a guess.
        if base:
            return base
        configuration = self.configuration(manifest)
        labels = [configuration.labels] if configuration else []
        return _stated(labels, Evidence.LABEL) or BaseImage(
            unknown_reason=_nothing_states_it(search)
        )


def _stated(
    annotations: Sequence[Mapping[str, str]], evidence: Evidence
) -> BaseImage | None:
    name, digest = base_of(annotations)
    if not (name or digest):
        return None
    if not name:
        return BaseImage(
            evidence=evidence, unknown_reason="only the digest of its base is stated"
        )
    try:
        reference = Reference.parse(name)
        if digest:
            reference = reference.at(Digest.parse(digest))
    except ImagelockError as error:
        reason = f"what is stated is no image: {error}"
        return BaseImage(evidence=evidence, unknown_reason=reason)
    return BaseImage(reference=reference, evidence=evidence)


def _from_provenance(search: ProvenanceSearch) -> BaseImage | None:
    provenance = search.provenance
    if provenance is None:
        return None
    if provenance.base or provenance.is_from_scratch:
        return BaseImage(
            reference=provenance.base,
            is_scratch=provenance.is_from_scratch,
            evidence=Evidence.PROVENANCE,
        )
    if provenance.images:
        return BaseImage(
            candidates=provenance.images,
            evidence=Evidence.PROVENANCE,
            unknown_reason="its provenance names several images",
        )
    return None


def _nothing_states_it(search: ProvenanceSearch) -> str:
    return search.missing_reason or "no annotation, label or provenance states it"
