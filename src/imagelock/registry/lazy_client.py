"""Client created on first use."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from imagelock.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse
    from imagelock.registry.answers.model import AnswersUse
    from imagelock.registry.artifact import Artifact, Referrer
    from imagelock.registry.client import RegistryClient
    from imagelock.registry.image_content import ImageContent


class LazyRegistryClient:
    """The methods of `RegistryClient` that `lock`, `update` and `verify` call.

    Most runs of `lock` need no registry, and loading the HTTP client takes longer
    than everything else they do. *connect* is called at most once, by the first
    thread that needs it; without it, no registry is asked, and each answer is a
    `RegistryError`.
    """

    def __init__(self, connect: Callable[[], RegistryClient] | None) -> None:
        self._connect = connect
        self._lock = Lock()
        self._client: RegistryClient | None = None

    @property
    def is_offline(self) -> bool:
        """Whether no registry may be asked."""
        return self._connect is None

    @property
    def mirrors(self) -> tuple[MirrorUse, ...]:
        """The mirrors that have answered so far."""
        return self._client.mirrors if self._client else ()

    @property
    def answers_use(self) -> AnswersUse | None:
        """The answers in files that were used so far; `None` without such files."""
        return None

    def expect(self, references: Sequence[Reference]) -> None:
        """Announce the references that will be requested."""
        if references and self._connect:
            self._connected(references[0]).expect(references)

    def digest(self, reference: Reference) -> Digest:
        """Return the current digest of *reference*."""
        return self._connected(reference).digest(reference)

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image at *digest*, or the current one; its bytes match."""
        return self._connected(reference).image(reference, digest, platforms)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether the repository still serves the content at *digest*."""
        return self._connected(reference).serves(reference, digest)

    def tags(self, reference: Reference, *, only_first_page: bool = False) -> list[str]:
        """Return the tags in the repository of *reference*."""
        client = self._connected(reference)
        return client.tags(reference, only_first_page=only_first_page)

    def details(self, change: Change, *, requests: int) -> ImageDiff | None:
        """Return what changed inside the image, with at most *requests* requests."""
        return self._connected(change.reference).details(change, requests=requests)

    def referrers(self, reference: Reference, digest: Digest) -> tuple[Referrer, ...]:
        """Return what refers to *digest*: signatures, attestations, and others."""
        return self._connected(reference).referrers(reference, digest)

    def artifact(self, reference: Reference, digest: Digest) -> Artifact | None:
        """Return the artifact at *digest*; `None` for an index."""
        return self._connected(reference).artifact(reference, digest)

    def tagged_artifact(self, reference: Reference, tag: str) -> Artifact | None:
        """Return the artifact at *tag*, or `None` if there is no such tag."""
        return self._connected(reference).tagged_artifact(reference, tag)

    def blob(self, reference: Reference, digest: Digest, what: str) -> bytes:
        """Return the blob at *digest*; *what* is its noun."""
        return self._connected(reference).blob(reference, digest, what)

    def content(self, image: Image) -> ImageContent:
        """Return the documents of *image*, which are fetched when they are needed."""
        return self._connected(image.reference).content(image)

    def _connected(self, reference: Reference) -> RegistryClient:
        if self._connect is None:
            raise self._offline(reference)
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _offline(self, reference: Reference) -> RegistryError:
        error = RegistryError(
            f"no registry is asked for `{reference.familiar}`",
            hint="run it without `--offline`",
        )
        error.cause = "no registry is asked for what is not locked"
        return error
