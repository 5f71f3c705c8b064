"""Verify with the program `notation`, its trust store and its trust policy."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imagelock.signatures.jws import fingerprints_in, signer_of_jws
from imagelock.signatures.payload import parse_object
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

    from imagelock.config.signatures import SignatureSettings
    from imagelock.model.signer import Signer
    from imagelock.signatures.programs import ProgramResult
    from imagelock.signatures.signature import Signature
    from imagelock.signatures.verifier import SignedImage

_JWS: Final = "application/jose+json"
_HINT: Final = (
    "install notation: https://notaryproject.dev/docs/user-guides/installation/"
)
_VERIFIED: Final = "Successfully verified signature for"
_REFUSED: Final = "signature verification failed"
_ONLY_LOGGED: Final = "failed with error"


class NotationVerifier:
    """Verifies signatures of the Notary Project.

    That a signature is by its certificate is verified here, and that the certificate is
    trusted, valid and not revoked by the program. It asks the registry itself, with the
    credentials that Docker has, and does not say which signature it accepted: so there
    must not be signatures by several certificates.
    """

    name: Final = "notation"

    def __init__(self, _: SignatureSettings, environment: Mapping[str, str]) -> None:
        self._program = Program("notation", _HINT, environment)

    def handles(self, signature: Signature) -> bool:
        """Return whether *signature* is of the Notary Project."""
        return signature.form is SignatureForm.NOTATION

    def verify(self, signature: Signature, image: SignedImage) -> Signer:
        """Return who made *signature*, as `Verifier` describes."""
        if signature.media_type != _JWS:
            message = "a Notation signature in COSE is not supported"
            raise NoVerifierError(message, "sign with `--signature-format jws`")
        try:
            signer = signer_of_jws(signature.body, image.digest)
        except ImportError as error:
            raise NoVerifierError(*missing_library()) from error
        name = f"{image.reference.name}@{image.digest}"
        with tempfile.TemporaryDirectory() as folder:
            _check_verified(self._program.run(["verify", name], Path(folder)))
            listed = self._program.run(["inspect", "-o", "json", name], Path(folder))
        if listed.code != 0:
            raise NoVerifierError(f"notation: {shortened(listed.last_line)}")
        if fingerprints_in(parse_object(listed.out.encode())) != {signer.fingerprint}:
            message = "there are Notation signatures by several certificates"
            raise InvalidSignatureError(message)
        return signer


def _check_verified(result: ProgramResult) -> None:
    """Raise unless *result* is that of `notation verify` which verified a signature."""
    if result.code != 0:
        message = f"notation: {shortened(result.last_line)}"
        # Its exit code is 1 for everything, a registry that is down, too.
        if _REFUSED in result.err:
            raise InvalidSignatureError(message)
        raise NoVerifierError(message)
    # A trust policy may skip the verification, or only log what is wrong.
    if _VERIFIED not in result.out or _ONLY_LOGGED in result.err:
        message = "the trust policy of notation does not enforce it"
        hint = "set its `level` to `strict` in `trustpolicy.json`"
        raise InvalidSignatureError(message, hint=hint)
