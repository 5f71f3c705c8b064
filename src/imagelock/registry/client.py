"""Ask registries for tags, manifests and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from imagelock.errors import NotFoundError, RegistryError
from imagelock.registry.content import ContentStore
from imagelock.registry.document_cache import DocumentCache
from imagelock.registry.endpoints.fallback import Fallback
from imagelock.registry.fetch import Fetcher
from imagelock.registry.http.request_log import discard
from imagelock.registry.session import RegistrySession
from imagelock.registry.tags import list_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    import httpx

    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import Diagnosis, MirrorUse, Quota
    from imagelock.registry.answers.model import ManifestDocument
    from imagelock.registry.artifact import Artifact, Referrer
    from imagelock.registry.auth.credentials.model import Keychain
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.http.request_log import RequestLog
    from imagelock.registry.http.retry import Clock
    from imagelock.registry.image_content import ImageContent
    from imagelock.registry.manifest import Manifest
    from imagelock.registry.settings import ClientSettings


class RegistryClient:
    """A client for every registry, with one pool of connections; thread-safe.

    A context manager: leaving it closes the connections. *transport* replaces the
    network and *clock* the time, for tests; *log* gets a line without secrets for
    each request. *warn* is called, from any thread, with warnings about a host, each
    once.
    """

    def __init__(
        self,
        settings: ClientSettings,
        keychain: Keychain,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        log: RequestLog = discard,
        warn: Callable[[str], None] = discard,
    ) -> None:
        self._documents = DocumentCache(settings.documents)
        self._settings = settings
        self._keychain = keychain
        self._session = RegistrySession(
            settings, keychain, transport=transport, clock=clock, log=log, warn=warn
        )
        self._fetcher = Fetcher(self._session)
        self._fallback = Fallback(settings, self._session.notices.add, log)
        self._content = ContentStore(self._fetcher, self._fallback, self._documents)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()
        self._documents.delete_old()

    @property
    def limits(self) -> Mapping[str, Quota]:
        """The last quota that each host, `host[:port]`, stated."""
        return self._session.limits

    @property
    def notices(self) -> list[str]:
        """What the user should know about this run although it did not fail."""
        return self._session.notices.all()

    @property
    def mirrors(self) -> tuple[MirrorUse, ...]:
        """The mirrors that have answered so far."""
        return self._fallback.mirrors

    def expect(self, references: Iterable[Reference]) -> None:
        """Announce the *references* to be asked for, which may save token requests."""
        for endpoint, repositories in self._fallback.repositories(references).items():
            self._session.expect(endpoint, repositories)

    def digest(self, reference: Reference) -> Digest:
        """Return the digest that the tag of *reference* resolves to now.

        A reference with a digest resolves to that digest, as for Docker, whatever
        its tag is: the digest is returned if it is served.

        Raises:
            NotFoundError: the registry answered that it has no such tag or digest.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        if reference.digest:
            self._check(reference.at(reference.digest), reference.digest)
            return reference.digest
        tag = reference.tag or "latest"

        def fetch(endpoint: Endpoint) -> Digest:
            digest = self._fetcher.head_digest(endpoint, reference, tag)
            if digest is None:
                digest, _ = self._fetcher.tagged_manifest(endpoint, reference, tag)
            return digest

        return self._fallback.resolve(reference, fetch)

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image at *digest*, with its manifests for *platforms*.

        Without a digest, it is the image that *reference* resolves to now. The bytes
        of the manifest are checked against its digest. An image without an index has
        the single platform in its configuration, in *platforms* or not.

        Raises:
            NotFoundError: the registry answered that it does not serve it.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        digest = digest or reference.digest
        if digest is None and self._fallback.resolves_where_it_serves(reference):
            return self._fallback.resolve(
                reference,
                lambda endpoint: self._content.tagged_image(
                    endpoint, reference, platforms
                ),
            )
        # A mirror that serves content, but no tags, spares the registry that request.
        known = digest or self.digest(reference)

        def fetch(endpoint: Endpoint) -> Image:
            manifest = self._fetcher.manifest(endpoint, reference, known)
            return self._content.image(endpoint, reference, known, manifest, platforms)

        try:
            return self._fallback.fetch(reference.at(known), fetch)
        except NotFoundError as error:
            if digest:
                raise
            # The tag exists, so it is not missing: the servers contradict each other.
            hint = "try again later; if it lasts, push the image again"
            raise RegistryError(str(error), hint=hint) from error

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether the repository of *reference* still serves *digest*.

        Raises:
            RegistryError: the registry could not be asked.
        """
        try:
            self._check(reference.at(digest), digest)
        except NotFoundError:
            return False
        return True

    def tags(self, reference: Reference, *, only_first_page: bool = False) -> list[str]:
        """Return every tag in the repository of *reference*, in no particular order.

        With *only_first_page*, those that one request returns.

        Raises:
            NotFoundError: the registry answered that it has no such repository.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        return self._fallback.resolve(
            reference,
            lambda endpoint: list_tags(
                self._fetcher, endpoint, reference, only_first_page=only_first_page
            ),
        )

    def details(self, change: Change, *, requests: int) -> ImageDiff | None:
        """Return what changed inside the image, with at most *requests* requests.

        `None` if no platform has an old and a new side. A document that cannot be
        fetched is not an error, but the `missing_reason` of the result; see
        `inspect`.
        """
        from imagelock.registry.inspect import inspect  # only for what changed

        return inspect(change, self._content, requests)

    def content(self, image: Image) -> ImageContent:
        """Return the documents of *image*, which are fetched when they are needed."""
        from imagelock.registry.image_content import ImageContent  # only for policies

        return ImageContent(image, self._content)

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*, from memory if it was read before.

        Raises:
            NotFoundError: the registry answered that it does not serve *digest*.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        return self._content.manifest(reference, digest)

    def document(self, reference: Reference, digest: Digest) -> ManifestDocument:
        """Return the index or manifest at *digest* with all that a lock entry needs.

        Raises:
            NotFoundError: the registry answered that it does not serve *digest*.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        return self._fallback.fetch(
            reference.at(digest),
            lambda endpoint: self._content.document(endpoint, reference, digest),
        )

    def referrers(self, reference: Reference, digest: Digest) -> tuple[Referrer, ...]:
        """Return what refers to *digest*: signatures, attestations, and others.

        None is an answer, too: of a registry that lists none.

        Raises:
            RegistryError: the registry could not be asked, or its list is too long.
        """
        from imagelock.registry.referrers import list_referrers  # only for signatures

        return self._fallback.resolve(
            reference.at(digest),
            lambda endpoint: list_referrers(self._fetcher, endpoint, reference, digest),
        )

    def artifact(self, reference: Reference, digest: Digest) -> Artifact | None:
        """Return the artifact at *digest*; `None` for an index.

        Raises:
            NotFoundError: the registry answered that it does not serve it.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        return self._fallback.fetch(
            reference.at(digest),
            lambda endpoint: self._fetcher.artifact(endpoint, reference, digest),
        )

    def tagged_artifact(self, reference: Reference, tag: str) -> Artifact | None:
        """Return the artifact at *tag*, or `None` if there is no such tag.

        Raises:
            RegistryError: the registry could not be asked.
        """
        return self._fallback.resolve(
            reference,
            lambda endpoint: self._fetcher.tagged_artifact(endpoint, reference, tag),
        )

    def blob(self, reference: Reference, digest: Digest, what: str) -> bytes:
        """Return the blob at *digest*, of at most 4 MiB; *what* is its noun.

        Raises:
            RegistryError: the registry could not be asked, or does not have it.
        """
        return self._fallback.fetch(
            reference.at(digest),
            lambda endpoint: self._fetcher.blob(endpoint, reference, digest, what),
        )

    def diagnose(self, registry: str, now: Callable[[], float]) -> list[Diagnosis]:
        """Return the state of each server of *registry*, mirrors first.

        *now* returns the seconds since 1970, to compare with the servers' clocks.

        Raises:
            RegistryError: *registry* is not an address, or is blocked.
        """
        from imagelock.registry.diagnose import diagnose  # only for `doctor`

        return diagnose(registry, self._settings, self._keychain, self._session, now)

    def _check(self, reference: Reference, digest: Digest) -> None:
        """Raise unless *digest* is served."""

        def fetch(endpoint: Endpoint) -> None:
            stated = self._fetcher.head_digest(endpoint, reference, str(digest))
            if stated != digest:
                self._fetcher.manifest(endpoint, reference, digest)

        self._fallback.fetch(reference, fetch)
