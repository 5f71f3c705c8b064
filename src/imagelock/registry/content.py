"""Images, made of manifests and configurations that are kept by their digests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from imagelock.registry.answers.model import ManifestDocument
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.image_config import parse_image_config
from imagelock.registry.image_of_manifest import image_of_manifest
from imagelock.registry.index_levels import IndexLevels
from imagelock.registry.manifest import parse_manifest, platform_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.registry.document_cache import DocumentCache
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.endpoints.fallback import Fallback
    from imagelock.registry.fetch import Fetcher
    from imagelock.registry.image_config import ImageConfiguration
    from imagelock.registry.manifest import Manifest


class ContentStore:
    """What *fetcher* got from the servers that *fallback* chose; thread-safe.

    Content at a digest never changes, so nothing here or in *cache* becomes stale.
    """

    def __init__(
        self, fetcher: Fetcher, fallback: Fallback, cache: DocumentCache
    ) -> None:
        self._fetcher = fetcher
        self._fallback = fallback
        self._cache = cache
        self._manifests: dict[Digest, Manifest] = {}
        self._configurations: dict[Digest, ImageConfiguration] = {}
        self._statements: dict[Digest, dict[str, Any]] = {}

    def image(
        self,
        endpoint: Endpoint,
        reference: Reference,
        digest: Digest,
        manifest: Manifest,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image of *manifest*, which is at *digest*, and remember that."""
        self._manifests[digest] = manifest
        platform = self._own_platform(endpoint, reference, manifest)
        if manifest.is_index:
            levels = self._levels(endpoint, reference)
            manifest = levels.complete(manifest, platforms)
        return image_of_manifest(reference, digest, manifest, platforms, platform)

    def tagged_image(
        self, endpoint: Endpoint, reference: Reference, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image that the tag of *reference* stands for at *endpoint*."""
        tag = reference.tag or "latest"
        digest, manifest = self._fetcher.tagged_manifest(endpoint, reference, tag)
        return self.image(endpoint, reference, digest, manifest, platforms)

    def document(
        self, endpoint: Endpoint, reference: Reference, digest: Digest
    ) -> ManifestDocument:
        """Return the index or manifest at *digest* as text, for others to read."""
        manifest, body = self._fetcher.manifest_with_bytes(endpoint, reference, digest)
        platform = self._own_platform(endpoint, reference, manifest)
        return ManifestDocument(manifest.media_type, body.decode("utf-8"), platform)

    def has(self, digest: Digest) -> bool:
        """Return whether the content at *digest* is in memory."""
        return any(
            digest in documents
            for documents in (self._manifests, self._configurations, self._statements)
        )

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*, from memory if it was read before.

        Raises:
            NotFoundError: the registry answered that it does not serve *digest*.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        if digest not in self._manifests:
            body = self._cache.get(digest)
            if body is not None:
                self._manifests[digest] = parse_manifest("", body)
            else:
                self._manifests[digest], body = self._fallback.fetch(
                    reference.at(digest),
                    lambda endpoint: self._fetcher.manifest_with_bytes(
                        endpoint, reference, digest
                    ),
                )
                self._cache.put(digest, body)
        return self._manifests[digest]

    def configuration(self, reference: Reference, digest: Digest) -> ImageConfiguration:
        """Return the configuration at *digest*, from memory if it was read before.

        Raises:
            RegistryError: it cannot be fetched, or is malformed.
        """
        if digest not in self._configurations:
            body = self._cache.get(digest)
            if body is not None:
                self._configurations[digest] = parse_image_config(body)
            else:
                body = self._fallback.fetch(
                    reference.at(digest),
                    lambda endpoint: self._fetch_configuration(
                        endpoint, reference, digest
                    ),
                )
                self._cache.put(digest, body)
        return self._configurations[digest]

    def statement(self, reference: Reference, digest: Digest) -> dict[str, Any]:
        """Return the in-toto statement at *digest*, from memory if it was read before.

        Raises:
            Failure: it is no JSON object.
            RegistryError: it cannot be fetched.
        """
        if digest not in self._statements:
            body = self._cache.get(digest)
            if body is None:
                body = self._fallback.fetch(
                    reference.at(digest),
                    lambda endpoint: self._fetcher.blob(
                        endpoint, reference, digest, "attestation"
                    ),
                )
                self._cache.put(digest, body)
            self._statements[digest] = _json_object(body)
        return self._statements[digest]

    def _levels(self, endpoint: Endpoint, reference: Reference) -> IndexLevels:
        """Return what reads the levels of an index of *reference* at *endpoint*."""

        def fetch(digest: Digest) -> Manifest:
            if digest not in self._manifests:
                manifest = self._fetcher.manifest(endpoint, reference, digest)
                self._manifests[digest] = manifest
            return self._manifests[digest]

        return IndexLevels(fetch, partial(self._own_platform, endpoint, reference))

    def _own_platform(
        self, endpoint: Endpoint, reference: Reference, manifest: Manifest
    ) -> Platform | None:
        """Return the platform of an image without an index."""
        if manifest.config is None:
            return None
        body = self._fetch_configuration(endpoint, reference, manifest.config)
        return platform_of(body)

    def _fetch_configuration(
        self, endpoint: Endpoint, reference: Reference, digest: Digest
    ) -> bytes:
        """Fetch the configuration at *digest*, and keep it parsed in memory."""
        body = self._fetcher.blob(endpoint, reference, digest)
        self._configurations[digest] = parse_image_config(body)
        return body


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = strict_json.loads(body)
    except ValueError as error:
        message = f"its attestation is malformed: {error}"
        raise Failure(message) from error
    if not isinstance(document, dict):
        raise Failure("its attestation is malformed: it is not a JSON object")
    return document
