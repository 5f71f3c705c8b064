"""Ask registries what tags and digests stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

import httpx

from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.image import Image, PlatformManifest
from imagelock.model.registry_status import Diagnosis, Quota
from imagelock.registry import image_config, tags
from imagelock.registry import manifest as manifests
from imagelock.registry.annotations import describe
from imagelock.registry.endpoints import endpoint as endpoints
from imagelock.registry.endpoints.fallback import Servers
from imagelock.registry.fetch import Fetcher
from imagelock.registry.http.failure import Failure, explained
from imagelock.registry.http.request_log import silent
from imagelock.registry.inspect import inspect
from imagelock.registry.probe import probe
from imagelock.registry.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image_details import ImageDiff
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.registry.auth.credentials.model import Keychain
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.http.request_log import Log
    from imagelock.registry.http.retry import Waiting
    from imagelock.registry.image_config import Configuration
    from imagelock.registry.manifest import Manifest
    from imagelock.registry.settings import Settings


class Registry:
    """Every registry that references name, through one pool of connections.

    Safe to share between threads. A context manager: leaving it closes the
    connections. *transport* replaces the network and *waiting* the time, for tests;
    *log* gets a line without secrets for each request. *warn* is told, from any
    thread, what the user must know of a host: once a host.
    """

    def __init__(
        self,
        settings: Settings,
        keychain: Keychain,
        *,
        transport: httpx.BaseTransport | None = None,
        waiting: Waiting | None = None,
        log: Log = silent,
        warn: Callable[[str], None] = silent,
    ) -> None:
        self._settings = settings
        self._keychain = keychain
        # By digest, so that what was read once is right for ever.
        self._manifests: dict[Digest, Manifest] = {}
        self._configurations: dict[Digest, Configuration] = {}
        self._session = Session(
            settings, keychain, transport=transport, waiting=waiting, log=log, warn=warn
        )
        self._fetch = Fetcher(self._session)
        self._servers = Servers(settings, self._session.notices.add)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()

    @property
    def limits(self) -> Mapping[str, Quota]:
        """The quota that each host, `host[:port]`, told last, if it told one."""
        return self._session.limits

    @property
    def notices(self) -> list[str]:
        """What the user should know about this run, though it went on."""
        return self._session.notices.all()

    def expect(self, references: Iterable[Reference]) -> None:
        """Announce what will be asked for: it may then cost fewer tokens."""
        for where, repositories in self._servers.repositories(references).items():
            self._session.expect(where, repositories)

    def digest(self, reference: Reference) -> Digest:
        """Return what the tag of *reference* stands for now.

        A reference that has a digest stands for that, as for Docker, whatever
        its tag is: the digest is returned if it is served.

        Raises:
            NotFoundError: the registry answered that it has no such tag or digest.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        if reference.digest:
            self._check(reference.at(reference.digest), reference.digest)
            return reference.digest
        item = reference.tag or "latest"

        def fetch(where: Endpoint) -> Digest:
            named = self._fetch.named(where, reference, item)
            return named or self._fetch.hashed(where, reference, item)

        return self._servers.tag(reference, fetch)

    def image(
        self, reference: Reference, digest: Digest, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image at *digest*, with what the declared *platforms* get.

        The bytes of the manifest are hashed: the digest is known to be right.
        An image without an index has the one platform that its configuration
        names, declared or not.

        Raises:
            NotFoundError: the registry answered that it does not serve *digest*.
            RegistryError: it could not be asked, or its answer cannot be used.
        """

        def fetch(where: Endpoint) -> Image:
            manifest = self._fetch.manifest(where, reference, digest)
            self._manifests[digest] = manifest
            children = [
                child
                for child in manifest.children
                if any(platform.covers(child.platform) for platform in platforms)
            ]
            children.sort(key=lambda child: child.platform)
            named = [PlatformManifest(c.platform, c.digest) for c in children]
            if manifest.config:
                named = self._single(where, reference, digest, manifest.config)
            said = describe(
                [*(c.annotations for c in children[:1]), manifest.annotations]
            )
            return Image(
                reference=reference.key,
                digest=digest,
                media_type=manifest.media_type,
                platforms=tuple(named),
                release=said.release,
                source=said.source,
                revision=said.revision,
            )

        return self._servers.content(reference.at(digest), fetch)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Tell whether the repository of *reference* still serves *digest*.

        Raises:
            RegistryError: the registry could not be asked: nothing is known.
        """
        try:
            self._check(reference.at(digest), digest)
        except NotFoundError:
            return False
        return True

    def tags(self, reference: Reference) -> list[str]:
        """Return every tag in the repository of *reference*, in no certain order.

        Raises:
            NotFoundError: the registry answered that it has no such repository.
            RegistryError: it could not be asked, or its answer cannot be used.
        """

        def fetch(where: Endpoint) -> list[str]:
            repository = where.repository(reference.repository)
            url = where.url(repository, "tags", "list")
            return tags.collect(
                url, lambda page: self._fetch.page(where, page, repository)
            )

        return self._servers.tag(reference, fetch)

    def details(self, change: Change, *, requests: int) -> ImageDiff | None:
        """Return what changed inside of an image, at the cost of so many *requests*.

        `None` where no platform has an old and a new side. What cannot be had is a
        gap in the details, and no error; see `inspect`.
        """
        return inspect(change, self, requests)

    def has(self, digest: Digest) -> bool:
        """Tell whether the manifest or configuration at *digest* was read before."""
        return digest in self._manifests or digest in self._configurations

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*, from memory if it was read before.

        Raises:
            NotFoundError: the registry answered that it does not serve *digest*.
            RegistryError: it could not be asked, or its answer cannot be used.
        """
        if digest not in self._manifests:
            self._manifests[digest] = self._servers.content(
                reference.at(digest),
                lambda where: self._fetch.manifest(where, reference, digest),
            )
        return self._manifests[digest]

    def configuration(self, reference: Reference, digest: Digest) -> Configuration:
        """Return the configuration at *digest*, from memory if it was read before.

        Raises:
            RegistryError: it cannot be had, or is none.
        """
        if digest not in self._configurations:
            self._servers.content(
                reference.at(digest),
                lambda where: self._blob(where, reference, digest),
            )
        return self._configurations[digest]

    def diagnose(self, registry: str, clock: Callable[[], float]) -> list[Diagnosis]:
        """Return how each server does that is asked for *registry*, mirrors first.

        *clock* gives the seconds since 1970, to compare theirs with.

        Raises:
            RegistryError: *registry* is no address, or blocked.
        """
        try:
            candidates = endpoints.of_registry(registry, self._settings)
        except (Failure, httpx.InvalidURL) as error:
            failure = explained(error)
            raise RegistryError(str(failure), hint=failure.hint) from error
        return [self._diagnosed(registry, where, clock) for where in candidates]

    def _diagnosed(
        self, registry: str, where: Endpoint, clock: Callable[[], float]
    ) -> Diagnosis:
        blank = Diagnosis(
            registry=registry,
            endpoint=where.address,
            mirror=where.is_mirror,
            tags=where.resolves,
            content=where.serves,
        )
        try:
            stored = self._keychain.credential(where.registry, "")
        except Failure as error:
            return replace(blank, error=str(error), hint=error.hint)
        known = replace(blank, credential=stored.source if stored else None)
        return probe(self._session, where, known, stored, clock)

    def _check(self, reference: Reference, digest: Digest) -> None:
        """Raise unless *digest* is served."""

        def fetch(where: Endpoint) -> None:
            if self._fetch.named(where, reference, str(digest)) != digest:
                self._fetch.manifest(where, reference, digest)

        self._servers.content(reference, fetch)

    def _single(
        self, where: Endpoint, reference: Reference, digest: Digest, config: Digest
    ) -> list[PlatformManifest]:
        """Return the platform of the manifest at *digest*, from its configuration."""
        body = self._blob(where, reference, config)
        platform = manifests.platform_of(body)
        return [PlatformManifest(platform, digest)] if platform else []

    def _blob(self, where: Endpoint, reference: Reference, config: Digest) -> bytes:
        """Return the configuration at *config*, and remember what it says."""
        body = self._fetch.blob(where, reference, config)
        self._configurations[config] = image_config.read(body)
        return body
