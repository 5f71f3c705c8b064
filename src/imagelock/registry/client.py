"""Ask registries what tags and digests stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from imagelock.errors import NotFoundError, RegistryError
from imagelock.registry import endpoint as endpoints
from imagelock.registry import manifest as manifests
from imagelock.registry.errors import Failure, Missing, translated
from imagelock.registry.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    import httpx

    from imagelock.digest import Digest
    from imagelock.image import Image, PlatformManifest
    from imagelock.platform import Platform
    from imagelock.reference import Reference
    from imagelock.registry.endpoint import Endpoint
    from imagelock.registry.manifest import Manifest
    from imagelock.registry.session import Keychain
    from imagelock.registry.settings import Settings


class Registry:
    """Every registry that references name, through one pool of connections.

    Safe to share between threads. A context manager: leaving it closes the
    connections. *transport* replaces the network, for tests.
    """

    def __init__(
        self,
        settings: Settings,
        keychain: Keychain,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._session = Session(settings, keychain, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()

    def digest(self, reference: Reference) -> Digest:
        """Return what the tag of *reference* stands for now.

        A reference that has a digest stands for that, as for Docker, whatever
        its tag is: the digest is returned if it is served.

        Raises:
            NotFoundError: the registry answered that it has no such tag or digest.
            RegistryError: the registry could not be asked, or its answer is unusable.
        """
        if reference.digest:
            self._first(reference, reference.digest, _served)
            return reference.digest
        where = endpoints.for_tags(reference.registry, self._settings)
        with translated(where.label, reference):
            return self._tag(where, reference)

    def image(
        self, reference: Reference, digest: Digest, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image at *digest*, with what the declared *platforms* get.

        The manifest's bytes are hashed, so the digest is known to be right.

        Raises:
            NotFoundError: the registry answered that it does not serve *digest*.
            RegistryError: the registry could not be asked, or its answer is unusable.
        """
        ...

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Tell whether *digest* can still be had from the repository of *reference*.

        Raises:
            RegistryError: the registry could not be asked: nothing is known.
        """
        try:
            self._first(reference, digest, _served)
        except NotFoundError:
            return False
        return True
