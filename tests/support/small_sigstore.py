"""A whole Sigstore in memory: an authority as Fulcio, a log of certificates, and Rekor.

It signs without a network, and real verifiers accept what it signs once they trust its
root: the `sigstore` package, and cosign with `--trusted-root`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.model.digest import Digest

GITHUB: Final = "https://token.actions.githubusercontent.com"
SIGNATURE: Final = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO: Final = "application/vnd.in-toto+json"

_FULCIO: Final = "1.3.6.1.4.1.57264.1"
_SCTS: Final = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_SHA256: Final = ec.ECDSA(hashes.SHA256())


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def statement(digest: Digest, predicate: str = SIGNATURE) -> dict[str, Any]:
    """Return an in-toto statement about the image at *digest*."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {digest.algorithm: digest.encoded}}],
        "predicateType": predicate,
        "predicate": {},
    }


def pae(payload: bytes) -> bytes:
    """Return what is signed of a DSSE envelope (DSSE, "Protocol")."""
    kind = IN_TOTO.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def simple_signing(digest: Digest) -> bytes:
    """Return the payload of an older signature of the image at *digest*."""
    document = {
        "critical": {
            "identity": {"docker-reference": ""},
            "image": {"docker-manifest-digest": str(digest)},
            "type": "cosign container image signature",
        },
        "optional": None,
    }
    return json.dumps(document).encode()


class SmallSigstore:
    """Signs for whoever asks, as any identity; nothing is trusted without its root."""

    def __init__(self) -> None:
        self._authority, self._certificate_log, self._log = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(3)
        )
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._root = self._make_root()

    def trusted_root(self) -> str:
        """Return the JSON that makes a verifier trust this Sigstore."""
        valid = {"start": _time(self.now - timedelta(days=30))}
        authority = {
            "subject": {"organization": "acme.test", "commonName": "small authority"},
            "uri": "https://fulcio.acme.test",
            "certChain": {"certificates": [{"rawBytes": encode(_der(self._root))}]},
            "validFor": valid,
        }
        document = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(self._log, "https://rekor.acme.test", valid)],
            "certificateAuthorities": [authority],
            "ctlogs": [_log(self._certificate_log, "https://ct.acme.test", valid)],
            "timestampAuthorities": [],
        }
        return json.dumps(document)

    def bundle(
        self,
        digest: Digest,
        identity: str,
        *,
        issuer: str = GITHUB,
        source: str = "",
        predicate: str = SIGNATURE,
        late: timedelta = timedelta(),
    ) -> dict[str, Any]:
        """Return a bundle with the signature of *identity* for the image at *digest*.

        It is logged *late* after the certificate was issued, which is good for ten
        minutes.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(key, identity, issuer, source)
        payload = json.dumps(statement(digest, predicate)).encode()
        signature = key.sign(pae(payload), _SHA256)
        envelope = {
            "payload": encode(payload),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": encode(signature)}],
        }
        signed = {
            "signature": encode(signature),
            "verifier": encode(_pem(certificate)),
        }
        entry = {
            "envelopeHash": _hash(_canonical(envelope)),
            "payloadHash": _hash(payload),
            "signatures": [signed],
        }
        logged = self._logged("dsse", entry, late)
        material = {
            "certificate": {"rawBytes": encode(_der(certificate))},
            "tlogEntries": [logged],
        }
        return {
            "mediaType": BUNDLE,
            "verificationMaterial": material,
            "dsseEnvelope": envelope,
        }

    def legacy(
        self, digest: Digest, identity: str, *, issuer: str = GITHUB, source: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        """Return the payload and the annotations of a signature of cosign 1 and 2."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(key, identity, issuer, source)
        payload = simple_signing(digest)
        signature = key.sign(payload, _SHA256)
        entry = {
            "data": {"hash": _hash(payload)},
            "signature": {
                "content": encode(signature),
                "publicKey": {"content": encode(_pem(certificate))},
            },
        }
        logged = self._logged("hashedrekord", entry, timedelta())
        proof = {
            "SignedEntryTimestamp": logged["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": logged["canonicalizedBody"],
                "integratedTime": int(logged["integratedTime"]),
                "logIndex": 0,
                "logID": _fingerprint(self._log).hex(),
            },
        }
        return payload, {
            "dev.cosignproject.cosign/signature": encode(signature),
            "dev.sigstore.cosign/certificate": _pem(certificate).decode(),
            "dev.sigstore.cosign/bundle": json.dumps(proof),
        }

    def _make_root(self) -> x509.Certificate:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "acme.test"),
                x509.NameAttribute(NameOID.COMMON_NAME, "small authority"),
            ]
        )
        public = self._authority.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(1)
            .not_valid_before(self.now - timedelta(days=30))
            .not_valid_after(self.now + timedelta(days=3650))
            .add_extension(
                x509.BasicConstraints(ca=True, path_length=None), critical=True
            )
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(public), critical=False
            )
            .sign(self._authority, hashes.SHA256())
        )

    def _certificate(
        self, key: ec.EllipticCurvePrivateKey, identity: str, issuer: str, source: str
    ) -> x509.Certificate:
        """Return a certificate as Fulcio's, with the proof that it was logged."""
        builder = self._builder(key, identity, {1: issuer, 8: issuer, 12: source})
        # The proof is about the certificate without the proof (RFC 6962, 3.2).
        bare = builder.sign(self._authority, hashes.SHA256()).tbs_certificate_bytes
        logged = _scts(self._proof(bare))
        extension = x509.UnrecognizedExtension(_SCTS, _octets(logged))
        builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._authority, hashes.SHA256())

    def _builder(
        self,
        key: ec.EllipticCurvePrivateKey,
        identity: str,
        claims: Mapping[int, str],
    ) -> x509.CertificateBuilder:
        public, authority = key.public_key(), self._authority.public_key()
        is_url = "://" in identity
        name = (x509.UniformResourceIdentifier if is_url else x509.RFC822Name)(identity)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._root.subject)
            .public_key(public)
            .serial_number(4711)
            .not_valid_before(self.now - timedelta(minutes=1))
            .not_valid_after(self.now + timedelta(minutes=9))
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(public), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        )
        for number, text in claims.items():
            if text:
                # The first is a text as it is, the others are UTF8String in DER.
                value = text.encode() if number == 1 else _utf8(text)
                oid = ObjectIdentifier(f"{_FULCIO}.{number}")
                builder = builder.add_extension(
                    x509.UnrecognizedExtension(oid, value), critical=False
                )
        return builder

    def _proof(self, certificate: bytes) -> bytes:
        """Return the signed timestamp of the log of certificates (RFC 6962, 3.2)."""
        time = int(self.now.timestamp() * 1000)
        entry = _fingerprint(self._authority) + len(certificate).to_bytes(3, "big")
        head = struct.pack("!BBQH", 0, 0, time, 1)
        signed = head + entry + certificate + struct.pack("!H", 0)
        signature = self._certificate_log.sign(signed, _SHA256)
        return (
            b"\0"
            + _fingerprint(self._certificate_log)
            + struct.pack("!QH", time, 0)
            + bytes([4, 3])
            + struct.pack("!H", len(signature))
            + signature
        )

    def _logged(
        self, kind: str, entry: dict[str, Any], late: timedelta
    ) -> dict[str, Any]:
        """Return the entry of a log in which there is nothing else."""
        document = {"apiVersion": "0.0.1", "kind": kind, "spec": entry}
        body = _canonical(document)
        root = hashlib.sha256(b"\0" + body).digest()
        time = int((self.now + late).timestamp())
        name = "rekor.acme.test"
        note = f"{name} - 1\n1\n{encode(root)}\n"
        signature = _fingerprint(self._log)[:4] + self._sign(note.encode())
        promised = {
            "body": encode(body),
            "integratedTime": time,
            "logID": _fingerprint(self._log).hex(),
            "logIndex": 0,
        }
        checkpoint = f"{note}\n\N{EM DASH} {name} {encode(signature)}\n"
        return {
            "logIndex": "0",
            "logId": {"keyId": encode(_fingerprint(self._log))},
            "kindVersion": {"kind": kind, "version": "0.0.1"},
            "integratedTime": str(time),
            "inclusionPromise": {
                "signedEntryTimestamp": encode(self._sign(_canonical(promised)))
            },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": encode(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": checkpoint},
            },
            "canonicalizedBody": encode(body),
        }

    def _sign(self, data: bytes) -> bytes:
        return self._log.sign(data, _SHA256)


def spki(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return *key* in DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _fingerprint(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(spki(key.public_key())).digest()


def _log(
    key: ec.EllipticCurvePrivateKey, url: str, valid: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": encode(spki(key.public_key())),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": dict(valid),
        },
        "logId": {"keyId": encode(_fingerprint(key))},
    }


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _scts(proof: bytes) -> bytes:
    item = struct.pack("!H", len(proof)) + proof
    return struct.pack("!H", len(item)) + item


def _octets(data: bytes) -> bytes:
    return b"\x04" + _length(data) + data


def _utf8(text: str) -> bytes:
    data = text.encode()
    return b"\x0c" + _length(data) + data


def _length(data: bytes) -> bytes:
    """Return the length of *data* in DER, of at most 255."""
    short = 128
    return bytes([len(data)] if len(data) < short else [0x81, len(data)])


def _hash(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _canonical(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _time(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
