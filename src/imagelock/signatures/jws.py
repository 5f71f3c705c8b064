"""Envelopes of Notation signatures in JWS: Notary Project, "Signature Envelope JWS"."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any

from imagelock.model.signer import NotationSigner
from imagelock.signatures.payload import parse_object
from imagelock.signatures.signature import InvalidSignatureError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from imagelock.model.digest import Digest


def signer_of_jws(body: bytes, digest: Digest) -> NotationSigner:
    """Return the subject of the certificate that signed *body* for the image *digest*.

    The signature is verified with that certificate. Whether the certificate is to be
    trusted is not: it is the program `notation` that knows.

    Raises:
        InvalidSignatureError: it is not such a signature, or one of another image.
    """
    envelope = parse_object(body)
    match envelope:
        case {
            "payload": str(payload),
            "protected": str(protected),
            "signature": str(signature),
            "header": {"x5c": [str(leaf), *_]},
        }:
            pass
        case _:
            raise InvalidSignatureError("its envelope is malformed")
    certificate = _certificate(leaf)
    algorithm = parse_object(_decoded(protected)).get("alg")
    signed = f"{protected}.{payload}".encode()
    _verify(certificate, str(algorithm), _decoded(signature), signed)
    match parse_object(_decoded(payload)):
        case {"targetArtifact": {"digest": str(stated)}} if stated == str(digest):
            pass
        case _:
            raise InvalidSignatureError("it signs another image")
    return NotationSigner(
        certificate.subject.rfc4514_string(), fingerprint(certificate)
    )


def fingerprint(certificate: Certificate) -> str:
    """Return `sha256:` and the SHA-256 of *certificate*, DER."""
    from cryptography.hazmat.primitives.serialization import Encoding

    der = certificate.public_bytes(Encoding.DER)
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def _verify(
    certificate: Certificate, algorithm: str, signature: bytes, data: bytes
) -> None:
    """Raise unless *signature* of *data* is by the key of *certificate* (RFC 7518)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    known: dict[str, hashes.HashAlgorithm] = {
        "256": hashes.SHA256(),
        "384": hashes.SHA384(),
        "512": hashes.SHA512(),
    }
    used, key = known.get(algorithm[2:]), certificate.public_key()
    if used is None:
        raise InvalidSignatureError("its algorithm is not one of Notation")
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm.startswith("PS"):
            scheme = padding.PSS(padding.MGF1(used), used.digest_size)
            key.verify(signature, data, scheme, used)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm.startswith("ES"):
            half = len(signature) // 2
            r, s = (int.from_bytes(p) for p in (signature[:half], signature[half:]))
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(used))
        else:
            raise InvalidSignatureError("its algorithm does not fit its certificate")
    except (InvalidSignature, ValueError) as error:
        raise InvalidSignatureError("it is not by its certificate") from error


def _certificate(text: str) -> Certificate:
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(base64.b64decode(text))
    except (binascii.Error, ValueError) as error:
        raise InvalidSignatureError("its certificate cannot be read") from error


def _decoded(text: str) -> bytes:
    """Return the bytes that *text* encodes as Base64 for URLs, without padding."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvalidSignatureError("a value is not Base64") from error


def fingerprints_in(inspected: dict[str, Any]) -> set[str]:
    """Return the fingerprints of the signing certificates that `notation inspect` lists.

    Raises:
        InvalidSignatureError: it is not what that program prints.
    """
    signatures = inspected.get("Signatures", inspected.get("signatures"))
    found: set[str] = set()
    for signature in signatures if isinstance(signatures, list) else [None]:
        match signature:
            case {"certificates": [{"SHA256Fingerprint": str(hexes)}, *_]}:
                found.add(f"sha256:{hexes.lower()}")
            case _:
                raise InvalidSignatureError("`notation inspect` prints another form")
    return found
