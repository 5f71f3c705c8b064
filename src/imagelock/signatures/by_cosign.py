"""Verify with the program `cosign`: what older versions of it signed, above all.

It gets the signature as a file, and opens no connection to the registry: imagelock has
fetched and hashed everything. Who signed is read from the certificate, since cosign does
not say so for bundles.
"""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imagelock.signatures.certificates import identity_in
from imagelock.signatures.keys import SIGNATURE_ANNOTATION
from imagelock.signatures.payload import (
    IMAGE_SIGNATURE,
    check_envelope,
    check_simple_signing,
    decode_base64,
    envelope_of,
    parse_object,
)
from imagelock.signatures.programs import Program
from imagelock.signatures.signature import (
    InvalidSignatureError,
    NoVerifierError,
    SignatureForm,
    missing_library,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.x509 import Certificate

    from imagelock.config.signatures import SignatureSettings
    from imagelock.model.signer import Signer
    from imagelock.signatures.signature import Signature
    from imagelock.signatures.verifier import SignedImage

_CERTIFICATE: Final = "dev.sigstore.cosign/certificate"
_PROOF: Final = "dev.sigstore.cosign/bundle"
_OLD_BUNDLE: Final = "application/vnd.dev.sigstore.bundle+json;version=0.1"
_HINT: Final = (
    "install cosign 3: https://docs.sigstore.dev/cosign/system_config/installation/"
)
_NO_ROOT: Final = ("tuf refresh", "tuf client", "trusted_root.json from the tuf")
"""Parts of what cosign says when it cannot get the trust root of the public Sigstore."""
_CONFUSING: Final = ("COSIGN_", "SIGSTORE_", "TUF_")
"""How variables begin that change what cosign accepts."""


class CosignVerifier:
    """Verifies signatures with a certificate, in bundles and in the older form."""

    name: Final = "cosign"

    def __init__(
        self, settings: SignatureSettings, environment: Mapping[str, str]
    ) -> None:
        own = {k: v for k, v in environment.items() if not k.startswith(_CONFUSING)}
        self._program = Program("cosign", _HINT, own)
        self._root = settings.trust_root

    def handles(self, signature: Signature) -> bool:
        """Return whether *signature* is one of Sigstore with a certificate."""
        is_sigstore = signature.form is not SignatureForm.NOTATION
        return is_sigstore and not signature.is_signed_by_key

    def verify(self, signature: Signature, image: SignedImage) -> Signer:
        """Return who made *signature*, as `Verifier` describes."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if signature.form is SignatureForm.BUNDLE:
                certificate = _certificate_of_bundle(signature.body)
                envelope = envelope_of(parse_object(signature.body))
                check_envelope(envelope, image.digest)
                (folder / "bundle.json").write_bytes(signature.body)
                arguments = [
                    "verify-blob-attestation",
                    *("--type", IMAGE_SIGNATURE),
                    *("--digest", image.digest.encoded),
                    *("--digestAlg", image.digest.algorithm),
                ]
            else:
                check_simple_signing(signature.body, image.digest)
                certificate = _certificate_of_annotations(signature)
                bundle = _as_bundle(signature, certificate)
                (folder / "bundle.json").write_text(json.dumps(bundle))
                (folder / "payload.json").write_bytes(signature.body)
                arguments = ["verify-blob", "payload.json"]
            identity = identity_in(certificate)
            arguments += [
                *("--bundle", "bundle.json"),
                *(f"--certificate-identity={identity.identity}",),
                *(f"--certificate-oidc-issuer={identity.issuer}",),
                *(("--trusted-root", str(self._root)) if self._root else ()),
            ]
            result = self._program.run(arguments, folder)
        if result.code != 0:
            message = f"cosign: {shortened(result.last_line)}"
            if any(word in result.err.lower() for word in _NO_ROOT):
                raise NoVerifierError(message, "set `trust-root` in `[signatures]`")
            raise InvalidSignatureError(message)
        return identity.signer


def _certificate_of_bundle(body: bytes) -> Certificate:
    material = parse_object(body).get("verificationMaterial")
    match material:
        case {"certificate": {"rawBytes": str(text)}}:
            return _certificate(decode_base64(text), is_pem=False)
        case {"x509CertificateChain": {"certificates": [{"rawBytes": str(text)}, *_]}}:
            return _certificate(decode_base64(text), is_pem=False)
        case _:
            raise InvalidSignatureError("it has no certificate")


def _certificate_of_annotations(signature: Signature) -> Certificate:
    text = signature.annotations.get(_CERTIFICATE, "")
    return _certificate(text.encode(), is_pem=True)


def _certificate(data: bytes, *, is_pem: bool) -> Certificate:
    try:
        from cryptography import x509
    except ImportError as error:
        raise NoVerifierError(*missing_library()) from error
    load = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
    try:
        return load(data)
    except ValueError as error:
        raise InvalidSignatureError("its certificate cannot be read") from error


def _as_bundle(signature: Signature, certificate: Certificate) -> dict[str, Any]:
    """Return the older *signature* as a bundle, which needs no proof of inclusion.

    The promise of the log is what older signatures have (protobuf-specs, "Bundle").
    """
    import hashlib

    from cryptography.hazmat.primitives.serialization import Encoding

    der = certificate.public_bytes(Encoding.DER)
    digest = hashlib.sha256(signature.body).digest()
    return {
        "mediaType": _OLD_BUNDLE,
        "verificationMaterial": {
            "x509CertificateChain": {"certificates": [{"rawBytes": _encoded(der)}]},
            "tlogEntries": [_log_entry(signature)],
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _encoded(digest)},
            "signature": signature.annotations.get(SIGNATURE_ANNOTATION, ""),
        },
    }


def _log_entry(signature: Signature) -> dict[str, Any]:
    proof = parse_object(signature.annotations.get(_PROOF, "").encode())
    match proof:
        case {
            "SignedEntryTimestamp": str(promise),
            "Payload": {
                "body": str(body),
                "integratedTime": int(time),
                "logIndex": int(index),
                "logID": str(log),
            },
        }:
            pass
        case _:
            raise InvalidSignatureError("it has no proof of a transparency log")
    entry = parse_object(decode_base64(body))
    try:
        key = bytes.fromhex(log)
    except ValueError as error:
        raise InvalidSignatureError("its proof names no log") from error
    return {
        "logIndex": str(index),
        "logId": {"keyId": _encoded(key)},
        "kindVersion": {
            "kind": str(entry.get("kind")),
            "version": str(entry.get("apiVersion")),
        },
        "integratedTime": str(time),
        "inclusionPromise": {"signedEntryTimestamp": promise},
        "canonicalizedBody": body,
    }


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
