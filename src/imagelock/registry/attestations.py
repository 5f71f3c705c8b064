"""Read where the attestations of an index are, and what is in one of them.

BuildKit, docs/attestations/attestation-storage.md. Attestations are extras: what is not
as it should be is left out, and the image itself stays usable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError
from imagelock.model.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

REFERENCE_TYPE: Final = "vnd.docker.reference.type"
"""The annotation of manifests in an index that are not for a platform."""

_ATTESTATION: Final = "attestation-manifest"
_SUBJECT: Final = "vnd.docker.reference.digest"
_ARTIFACT: Final = "application/vnd.docker.attestation.manifest.v1+json"
_STATEMENT: Final = "application/vnd.in-toto+json"
_PREDICATE: Final = "in-toto.io/predicate-type"


@dataclass(frozen=True, slots=True)
class AttestationDescriptor:
    """An attestation manifest in an index.

    `subject` is the manifest that it is about; `None` if only itself says that.
    """

    digest: Digest
    subject: Digest | None


@dataclass(frozen=True, slots=True)
class StatementDescriptor:
    """An in-toto statement in an attestation manifest.

    `predicate_type` is what it states; `None` if only itself says that.
    """

    digest: Digest
    predicate_type: str | None


def attestations_of(index: dict[str, Any]) -> Iterator[AttestationDescriptor]:
    """Yield the attestation manifests in *index*, the document of an index."""
    for descriptor in _objects(index.get("manifests")):
        annotations = _object(descriptor.get("annotations"))
        kind = annotations.get(REFERENCE_TYPE)
        is_artifact = kind is None and descriptor.get("artifactType") == _ARTIFACT
        digest = _digest(descriptor.get("digest"))
        if digest and (kind == _ATTESTATION or is_artifact):
            yield AttestationDescriptor(digest, _digest(annotations.get(_SUBJECT)))


def statements_of(manifest: dict[str, Any]) -> Iterator[StatementDescriptor]:
    """Yield the statements in *manifest*, the document of a manifest."""
    for descriptor in _objects(manifest.get("layers")):
        digest = _digest(descriptor.get("digest"))
        if digest and descriptor.get("mediaType") == _STATEMENT:
            kind = _object(descriptor.get("annotations")).get(_PREDICATE)
            yield StatementDescriptor(digest, kind if isinstance(kind, str) else None)


def subject_of(manifest: dict[str, Any]) -> Digest | None:
    """Return the digest of the `subject` of *manifest*, if it has a valid one."""
    return _digest(_object(manifest.get("subject")).get("digest"))


def _objects(value: object) -> Iterator[dict[str, Any]]:
    items = value if isinstance(value, list) else []
    return (item for item in items if isinstance(item, dict))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _digest(value: object) -> Digest | None:
    try:
        return Digest.parse(value) if isinstance(value, str) else None
    except InvalidReferenceError:
        return None
