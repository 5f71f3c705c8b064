"""Find the signatures of an image: referrers, their fallback, and the tag of cosign."""

from __future__ import annotations

from contextlib import suppress

from imagelock.errors import NotFoundError, OutOfTimeError, RegistryError
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.signatures.payload import IMAGE_SIGNATURE, parse_object
from imagelock.signatures.signature import (
    InvalidSignatureError,
    Signature,
    SignatureForm,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.registry.artifact import Artifact, ArtifactLayer, Referrer
    from imagelock.signatures.verifier import SignedImage

_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_NOTATION: Final = "application/vnd.cncf.notary.signature"
_NOTATION_ENVELOPES: Final = frozenset({"application/jose+json", "application/cose"})
_PREDICATE: Final = "dev.sigstore.bundle.predicateType"
_LIKELY: Final = ("sigstore", "cosign", "notary", "oci.empty", "oci.image.config")
"""Parts of the types that lists state for signatures, rightly or not."""
_LARGEST: Final = 1024 * 1024
"""In bytes; a signature takes a few KiB."""


class SignatureStore(Protocol):
    """The questions to a registry. Each method raises `RegistryError`."""

    def referrers(self, reference: Reference, digest: Digest) -> Sequence[Referrer]:
        """Return what refers to *digest*."""
        ...

    def artifact(self, reference: Reference, digest: Digest) -> Artifact | None:
        """Return the artifact at *digest*, whose bytes match it; `None` for an index."""
        ...

    def tagged_artifact(self, reference: Reference, tag: str) -> Artifact | None:
        """Return the artifact at *tag*, or `None` if there is no such tag."""
        ...

    def blob(self, reference: Reference, digest: Digest, what: str) -> bytes:
        """Return the blob at *digest*, whose bytes match it."""
        ...


Found = Signature | InvalidSignatureError | RegistryError
"""A signature, or why it could not be read."""


def find_signatures(
    image: SignedImage, store: SignatureStore
) -> Iterator[Iterator[Found]]:
    """Yield the signatures of *image* in batches, the most likely places first.

    Whoever has found what it looks for needs no further batch. The types that a list of
    referrers states are only a hint where to look first: registries disagree on them.

    Raises:
        RegistryError: the registry could not be asked.
    """
    referrers = store.referrers(image.reference, image.digest)
    signatures = [each for each in referrers if _may_sign(each)]
    likely = [each for each in signatures if _is_likely(each)]
    others = [each for each in signatures if not _is_likely(each)]
    yield _of_referrers(likely, image, store)
    yield _of_tag(image, store)
    yield _of_referrers(others, image, store)


def _may_sign(referrer: Referrer) -> bool:
    """Return whether *referrer* is not described as an attestation."""
    stated = referrer.annotations.get(_PREDICATE, IMAGE_SIGNATURE)
    return stated == IMAGE_SIGNATURE


def _is_likely(referrer: Referrer) -> bool:
    kind = referrer.artifact_type
    return not kind or any(part in kind for part in _LIKELY)


def _of_referrers(
    referrers: Sequence[Referrer], image: SignedImage, store: SignatureStore
) -> Iterator[Found]:
    for referrer in referrers:
        try:
            artifact = store.artifact(image.reference, referrer.digest)
        except OutOfTimeError:
            raise
        except NotFoundError as error:
            yield RegistryError(str(error), hint=error.hint)
            continue
        except RegistryError as error:
            yield error
            continue
        if artifact is None:
            continue
        if artifact.subject not in {None, image.digest}:
            yield InvalidSignatureError("it refers to another image")
            continue
        yield from _of_artifact(artifact, image, store)


def _of_tag(image: SignedImage, store: SignatureStore) -> Iterator[Found]:
    """Yield the signatures at the tag of cosign 1 and 2."""
    tag = f"{image.digest.algorithm}-{image.digest.encoded}.sig"
    longest = 128
    if len(tag) <= longest:
        artifact = store.tagged_artifact(image.reference, tag)
        if artifact is not None:
            yield from _of_artifact(artifact, image, store)


def _of_artifact(
    artifact: Artifact, image: SignedImage, store: SignatureStore
) -> Iterator[Found]:
    for layer in artifact.layers:
        form = _form(artifact, layer)
        if form is None:
            continue
        if layer.size > _LARGEST:
            yield InvalidSignatureError("it is larger than a signature")
            continue
        try:
            body = store.blob(image.reference, layer.digest, "signature")
        except OutOfTimeError:
            raise
        except RegistryError as error:
            yield error
            continue
        yield Signature(
            form=form,
            body=body,
            media_type=layer.media_type,
            annotations=layer.annotations,
            is_signed_by_key=_is_signed_by_key(form, body, layer),
        )


def _form(artifact: Artifact, layer: ArtifactLayer) -> SignatureForm | None:
    kind = layer.media_type
    if kind.startswith(_BUNDLE):
        return SignatureForm.BUNDLE
    if kind == _SIMPLE_SIGNING:
        return SignatureForm.SIMPLE_SIGNING
    if kind in _NOTATION_ENVELOPES or artifact.artifact_type == _NOTATION:
        return SignatureForm.NOTATION
    return None


def _is_signed_by_key(form: SignatureForm, body: bytes, layer: ArtifactLayer) -> bool:
    if form is SignatureForm.SIMPLE_SIGNING:
        return "dev.sigstore.cosign/certificate" not in layer.annotations
    if form is SignatureForm.BUNDLE:
        with suppress(InvalidSignatureError):
            material = parse_object(body).get("verificationMaterial")
            return isinstance(material, dict) and "publicKey" in material
    return False
