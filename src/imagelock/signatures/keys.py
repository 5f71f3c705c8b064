"""Signatures by keys: read the public keys, and verify with them."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.model.signer import KeySigner
from imagelock.signatures.payload import (
    check_envelope,
    check_simple_signing,
    decode_base64,
    envelope_of,
    parse_object,
)
from imagelock.signatures.pem import read_public_key
from imagelock.signatures.signature import InvalidSignatureError, SignatureForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from imagelock.signatures.signature import Signature
    from imagelock.signatures.verifier import SignedImage

SIGNATURE_ANNOTATION: Final = "dev.cosignproject.cosign/signature"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key of the settings; `fingerprint` is that of its signer."""

    key: Any
    fingerprint: str


def read_key(path: Path) -> TrustedKey:
    """Return the public key in the file at *path*, PEM.

    Raises:
        ConfigurationError: it cannot be read, or is no public key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = read_public_key(path)
    try:
        key = load_pem_public_key(public.pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"`{path}` is not a public key that can be used"
        raise ConfigurationError(message, hint="make one with cosign") from error
    return TrustedKey(key, public.fingerprint)


def verify_with_keys(
    signature: Signature, image: SignedImage, keys: Iterable[TrustedKey]
) -> KeySigner:
    """Return which of *keys* made *signature*, which is then one of *image*.

    Raises:
        NoSignatureError: it is an attestation.
        InvalidSignatureError: none did, or it is about another image.
    """
    if signature.form is SignatureForm.BUNDLE:
        bundle = parse_object(signature.body)
        envelope = envelope_of(bundle)
        check_envelope(envelope, image.digest)
        data, signatures = envelope.signed_bytes, envelope.signatures
        claim = _hint(bundle)
    else:
        check_simple_signing(signature.body, image.digest)
        text = signature.annotations.get(SIGNATURE_ANNOTATION)
        data, signatures, claim = signature.body, (decode_base64(text),), ""
    for trusted in keys:
        if any(_is_valid(trusted.key, each, data) for each in signatures):
            return KeySigner(trusted.fingerprint)
    who = f"`{claim}`, which is" if claim else "a key that is"
    raise InvalidSignatureError(
        f"it is signed with {who} not in `keys`",
        hint="add the file with the public key to `keys` in `[signatures]`",
    )


def _hint(bundle: dict[str, Any]) -> str:
    """Return the fingerprint of the key that *bundle* claims, or `""`."""
    match bundle.get("verificationMaterial"):
        case {"publicKey": {"hint": str(hint)}}:
            try:
                digest = base64.b64decode(hint, validate=True)
            except ValueError:
                return ""
            size = hashlib.sha256().digest_size
            return f"sha256:{digest.hex()}" if len(digest) == size else ""
        case _:
            return ""


def _is_valid(key: Any, signature: bytes, data: bytes) -> bool:  # noqa: ANN401 - of any algorithm
    """Return whether *signature* of *data* is by *key*, with the algorithms of cosign."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    for verify in _attempts(key, signature, data):
        try:
            verify()
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            continue
        return True
    return False


def _attempts(key: Any, signature: bytes, data: bytes) -> Iterator[Any]:  # noqa: ANN401 - of any algorithm
    """Yield functions that raise unless *signature* is valid, for each hash."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    match key:
        case ec.EllipticCurvePublicKey():
            # Older versions of cosign use SHA-256 for every curve.
            for used in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
                yield partial(key.verify, signature, data, ec.ECDSA(used))
        case rsa.RSAPublicKey():
            scheme = padding.PKCS1v15()
            yield partial(key.verify, signature, data, scheme, hashes.SHA256())
        case ed25519.Ed25519PublicKey():
            yield partial(key.verify, signature, data)
        case _:
            return
