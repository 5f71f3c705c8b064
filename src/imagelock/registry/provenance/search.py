"""Find the provenance of an image in its index, a request at a time."""

from __future__ import annotations

from collections import deque

from imagelock.dataclass import dataclass, field
from imagelock.errors import RegistryError
from imagelock.light_typing import TYPE_CHECKING, Any, Final, Protocol
from imagelock.registry.http.failure import Failure
from imagelock.registry.provenance.statement import PREDICATE, read_statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.provenance import Provenance
    from imagelock.model.reference import Reference
    from imagelock.registry.attestations import (
        AttestationDescriptor,
        StatementDescriptor,
    )
    from imagelock.registry.manifest import Manifest

_MOST: Final = 4
"""At most this many attestation manifests are read: an index is untrusted."""


class StatementStore(Protocol):
    """Manifests and statements by digest, each checked against it.

    Each method raises `RegistryError` if it cannot be fetched.
    """

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*."""
        ...

    def statement(self, reference: Reference, digest: Digest) -> dict[str, Any]:
        """Return the in-toto statement at *digest*; `Failure` if it is malformed."""
        ...


@dataclass(slots=True)
class ProvenanceSearch:
    """The search for the provenance of *image* on *platform*, whose manifest is *digest*.

    `next` is what to fetch, and `fetch` fetches it: the index, an attestation manifest,
    and the statement in it. In the end there is `provenance`, or the `missing_reason`
    if there is one that cannot be used, or neither. `error` is set if the registry could
    not be asked.
    """

    image: Image
    platform: Platform
    digest: Digest
    provenance: Provenance | None = None
    missing_reason: str | None = None
    error: RegistryError | None = None
    is_started: bool = False
    attestations: deque[Digest] = field(default_factory=deque)
    statement: Digest | None = None

    @property
    def next(self) -> Digest | None:
        """The digest of the next document to fetch, if there is one."""
        if not self.is_started:
            return self.image.digest if self.image.is_index else None
        return self.statement or (self.attestations[0] if self.attestations else None)

    def fetch(self, store: StatementStore) -> None:
        """Fetch the next document from *store*; a failure is the `missing_reason`."""
        reference = self.image.reference
        try:
            if not self.is_started:
                self.is_started = True
                index = store.manifest(reference, self.image.digest)
                self.attestations.extend(_about(index.attestations, self.digest))
            elif self.statement:
                self._read(store.statement(reference, self.statement))
            else:
                attestation = self.attestations.popleft()
                self._look_into(store.manifest(reference, attestation))
        except (Failure, RegistryError) as error:
            self.error = error if isinstance(error, RegistryError) else None
            self.missing_reason = str(error)
            self.attestations.clear()
            self.statement = None

    def _look_into(self, attestation: Manifest) -> None:
        if attestation.subject in {None, self.digest}:
            self.statement = _provenance(attestation.statements)
        if self.statement:
            self.attestations.clear()

    def _read(self, statement: dict[str, Any]) -> None:
        self.statement = None
        self.provenance = read_statement(statement, self.digest, self.platform)


def find_provenance(search: ProvenanceSearch, store: StatementStore) -> None:
    """Fetch from *store* until *search* has ended, with at most six requests."""
    while search.next:
        search.fetch(store)


def _about(
    attestations: Iterable[AttestationDescriptor], digest: Digest
) -> list[Digest]:
    """Return the attestations about *digest*, or else those that may be."""
    listed = list(attestations)
    about = [each.digest for each in listed if each.subject == digest]
    return about[:_MOST] or [e.digest for e in listed if e.subject is None][:_MOST]


def _provenance(statements: Iterable[StatementDescriptor]) -> Digest | None:
    """Return the statement that is provenance, or else the first that may be."""
    listed = [s for s in statements if s.predicate_type is not None]
    typed = (s.digest for s in listed if (s.predicate_type or "").startswith(PREDICATE))
    untyped = (s.digest for s in statements if s.predicate_type is None)
    return next(typed, None) or next(untyped, None)
