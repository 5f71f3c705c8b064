"""Registries that nobody connects with before the first question."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.registry.client import Registry


class LazyRegistryClient:
    """What `lock` and `update` ask of registries; each question is passed on.

    Most runs of `lock` have nothing to ask, and the HTTP client takes longer to
    load than all else that they do. *connect* is called at most once, by whichever
    thread asks first.
    """

    def __init__(self, connect: Callable[[], Registry]) -> None:
        self._connect = connect
        self._lock = Lock()
        self._registry: Registry | None = None

    def expect(self, references: Sequence[Reference]) -> None:
        """Announce what will be asked for."""
        if references:
            self._connected.expect(references)

    def digest(self, reference: Reference) -> Digest:
        """Return what *reference* stands for right now."""
        return self._connected.digest(reference)

    def image(
        self, reference: Reference, digest: Digest, platforms: Sequence[Platform]
    ) -> Image:
        """Return the image at *digest*, whose bytes were hashed."""
        return self._connected.image(reference, digest, platforms)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Tell whether the repository still has the content at *digest*."""
        return self._connected.serves(reference, digest)

    def details(self, change: Change, *, requests: int) -> ImageDiff | None:
        """Return what changed, at the cost of at most so many *requests*."""
        return self._connected.details(change, requests=requests)

    @property
    def _connected(self) -> Registry:
        with self._lock:
            if self._registry is None:
                self._registry = self._connect()
            return self._registry
