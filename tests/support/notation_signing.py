"""Signatures of the Notary Project as `notation` 1.3 attaches them, and its output."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from imagelock.demo.images import Content
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST
from tests.support.signing import EMPTY, NOTATION

if TYPE_CHECKING:
    from imagelock.model.digest import Digest

_PAYLOAD = "application/vnd.cncf.notary.payload.v1+json"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class NotationKey:
    """A key with a certificate of its own, as `notation cert generate-test` makes it."""

    def __init__(self, kind: str = "RSA") -> None:
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if kind == "RSA":
            self._key = rsa.generate_private_key(65537, 2048)
        else:
            self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._certificate()

    @property
    def fingerprint(self) -> str:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return hashlib.sha256(der).hexdigest()

    def envelope(self, digest: Digest) -> bytes:
        """Return the JWS for the image at *digest*."""
        artifact = {"mediaType": OCI_INDEX, "digest": str(digest), "size": 1320}
        payload = _encoded(json.dumps({"targetArtifact": artifact}).encode())
        is_rsa = isinstance(self._key, rsa.RSAPrivateKey)
        header = {
            "alg": "PS256" if is_rsa else "ES256",
            "crit": ["io.cncf.notary.signingScheme"],
            "cty": _PAYLOAD,
            "io.cncf.notary.signingScheme": "notary.x509",
        }
        protected = _encoded(json.dumps(header).encode())
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        document = {
            "payload": payload,
            "protected": protected,
            "header": {"x5c": [base64.b64encode(der).decode()]},
            "signature": _encoded(self._sign(f"{protected}.{payload}".encode())),
        }
        return json.dumps(document).encode()

    def manifest(self, digest: Digest) -> tuple[Content, Content]:
        """Return the manifest that refers to *digest*, and the envelope in it.

        It has no `artifactType`: that of its configuration says what it is.
        """
        envelope = Content("application/jose+json", self.envelope(digest))
        config = Content(NOTATION, EMPTY.body)
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config.descriptor(),
            "layers": [envelope.descriptor()],
            "subject": {"mediaType": OCI_INDEX, "digest": str(digest), "size": 1320},
        }
        return Content(OCI_MANIFEST, json.dumps(document).encode()), envelope

    def inspected(self) -> dict[str, object]:
        """Return what `notation inspect -o json` lists for a signature by this key."""
        return {
            "mediaType": "application/jose+json",
            "signatureAlgorithm": "RSASSA-PSS-SHA-256",
            "certificates": [{"SHA256Fingerprint": self.fingerprint}],
        }

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return self._key.sign(data, scheme, hashes.SHA256())
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme.test")])
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self._key, hashes.SHA256())
        )
