"""Sign images with keys, and push signatures to a registry in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from imagelock.demo.images import OCI_CONFIG, Content
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST
from tests.support.small_sigstore import (
    BUNDLE,
    IN_TOTO,
    SIGNATURE,
    encode,
    pae,
    simple_signing,
    spki,
    statement,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.digest import Digest

EMPTY: Final = Content("application/vnd.oci.empty.v1+json", b"{}")
SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
NOTATION: Final = "application/vnd.cncf.notary.signature"
_SHA256: Final = ec.ECDSA(hashes.SHA256())


class SigningKey:
    """A key pair as `cosign generate-key-pair` makes them."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """The public key as PEM."""
        return (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
            .decode()
        )

    @property
    def fingerprint(self) -> str:
        der = spki(self.private.public_key())
        return f"sha256:{hashlib.sha256(der).hexdigest()}"

    def bundle(self, digest: Digest, predicate: str = SIGNATURE) -> dict[str, Any]:
        """Return a bundle with the signature for the image at *digest*."""
        payload = json.dumps(statement(digest, predicate)).encode()
        signature = self.private.sign(pae(payload), _SHA256)
        hint = base64.b64encode(bytes.fromhex(self.fingerprint[7:])).decode()
        return {
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": hint}},
            "dsseEnvelope": {
                "payload": encode(payload),
                "payloadType": IN_TOTO,
                "signatures": [{"sig": encode(signature)}],
            },
        }

    def legacy(self, digest: Digest) -> tuple[bytes, dict[str, str]]:
        """Return the payload and the annotations of a signature of cosign 1 and 2."""
        payload = simple_signing(digest)
        signature = self.private.sign(payload, _SHA256)
        return payload, {"dev.cosignproject.cosign/signature": encode(signature)}


class Signatures:
    """The signatures in a repository of *registry*."""

    def __init__(self, registry: MemoryRegistry, repository: str) -> None:
        self._registry = registry
        self._repository = repository

    def push_bundle(
        self,
        digest: Digest,
        bundle: Mapping[str, Any],
        *,
        predicate: str = SIGNATURE,
        subject: Digest | None = None,
    ) -> Content:
        """Push *bundle* as a referrer of *digest*, as cosign 3 does.

        It may lie about its *predicate*, or refer to another *subject*.
        """
        blob = Content(BUNDLE, json.dumps(bundle).encode())
        annotations = {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate,
        }
        return self.push_referrer(
            subject or digest, BUNDLE, [blob], annotations=annotations
        )

    def push_referrer(
        self,
        digest: Digest,
        artifact_type: str,
        blobs: Sequence[Content],
        *,
        annotations: Mapping[str, str] | None = None,
    ) -> Content:
        """Push an artifact of *blobs* that refers to *digest*."""
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": EMPTY.descriptor(),
            "layers": [blob.descriptor() for blob in blobs],
            "subject": {"mediaType": OCI_INDEX, "digest": str(digest), "size": 1},
            "annotations": dict(annotations or {}),
        }
        manifest = Content(OCI_MANIFEST, json.dumps(document).encode())
        self._push([EMPTY, *blobs], manifest, str(manifest.digest))
        return manifest

    def push(self, manifest: Content, *blobs: Content) -> None:
        """Push *manifest*, which has *blobs*, without a tag."""
        self._push([EMPTY, *blobs], manifest, str(manifest.digest))

    def push_legacy(
        self, digest: Digest, *signatures: tuple[bytes, Mapping[str, str]]
    ) -> None:
        """Push *signatures* to the tag that cosign 1 and 2 look for."""
        config = Content(OCI_CONFIG, b"{}")
        blobs = [Content(SIMPLE_SIGNING, payload) for payload, _ in signatures]
        layers = [
            blob.descriptor(annotations=dict(annotations))
            for blob, (_, annotations) in zip(blobs, signatures, strict=True)
        ]
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config.descriptor(),
            "layers": layers,
        }
        manifest = Content(OCI_MANIFEST, json.dumps(document).encode())
        self._push([config, *blobs], manifest, f"sha256-{digest.encoded}.sig")

    def push_list(self, digest: Digest, *manifests: Content) -> None:
        """Push the list of *manifests* that clients keep for older registries."""
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [manifest.descriptor() for manifest in manifests],
        }
        index = Content(OCI_INDEX, json.dumps(document).encode())
        self._push([], index, f"sha256-{digest.encoded}")

    def delete(self, item: str | Digest) -> None:
        """Delete a tag, a manifest or a blob."""
        self._registry.delete(self._repository, item)

    def _push(self, blobs: Sequence[Content], manifest: Content, item: str) -> None:
        base = f"/v2/{self._repository}"
        for blob in blobs:
            target = f"{base}/blobs/uploads/?digest={blob.digest}"
            self._registry.handle("POST", target, {}, blob.body)
        kind = {"Content-Type": manifest.media_type}
        answer = self._registry.handle(
            "PUT", f"{base}/manifests/{item}", kind, manifest.body
        )
        assert answer.status == 201
