"""Verify bundles of Sigstore with the library `sigstore`."""

from __future__ import annotations

import threading
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from imagelock.errors import ConfigurationError, reason
from imagelock.signatures.certificates import identity_in
from imagelock.signatures.payload import (
    check_envelope,
    envelope_of,
    parse_object,
)
from imagelock.signatures.signature import (
    InvalidSignatureError,
    NoVerifierError,
    SignatureForm,
    missing_library,
    shortened,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.x509 import Certificate

    from imagelock.config.signatures import SignatureSettings
    from imagelock.model.signer import Signer
    from imagelock.signatures.signature import Signature
    from imagelock.signatures.verifier import SignedImage

_PUBLIC: Final = "https://tuf-repo-cdn.sigstore.dev"


class SigstoreVerifier:
    """Verifies bundles with a certificate.

    It opens no connection: the trust root is a file of the settings, or that of the
    library, which comes with its releases.
    """

    name: Final = "sigstore"

    def __init__(self, settings: SignatureSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._verifier: Any = None

    def handles(self, signature: Signature) -> bool:
        """Return whether *signature* is a bundle with a certificate.

        The library refuses older signatures: they have no proof of their inclusion.
        """
        is_bundle = signature.form is SignatureForm.BUNDLE
        return is_bundle and not signature.is_signed_by_key

    def verify(self, signature: Signature, image: SignedImage) -> Signer:
        """Return who made *signature*, as `Verifier` describes."""
        envelope = envelope_of(parse_object(signature.body))
        check_envelope(envelope, image.digest)
        verifier = self._library()
        from sigstore.errors import Error
        from sigstore.models import Bundle

        try:
            bundle = Bundle.from_json(signature.body)
            _, payload = verifier.verify_dsse(bundle, _AnyIdentity())
        except (Error, ValueError) as error:
            raise InvalidSignatureError(f"sigstore: {shortened(str(error))}") from error
        # What was verified is what was looked at: two parsers may read two things.
        if payload != envelope.payload:
            raise InvalidSignatureError("its envelope is ambiguous")
        return identity_in(bundle.signing_certificate).signer

    def _library(self) -> Any:  # noqa: ANN401 - the library is loaded when it is needed
        with self._lock:
            if self._verifier is None:
                try:
                    from sigstore.verify import Verifier
                except ImportError as error:
                    raise NoVerifierError(*missing_library()) from error
                root = _trust_root(self._settings.trust_root)
                self._verifier = Verifier(trusted_root=root)
            return self._verifier


class _AnyIdentity:
    """The policy that accepts every identity: who it is gets compared later."""

    def verify(self, cert: Certificate) -> None:
        """Accept *cert*."""


def _trust_root(path: Path | None) -> Any:  # noqa: ANN401 - the library is loaded when it is needed
    from sigstore.errors import Error
    from sigstore.models import ClientTrustConfig, TrustedRoot

    if path is None:
        shipped = resources.files("sigstore._store").joinpath(quote(_PUBLIC, safe=""))
        file = shipped.joinpath("trusted_root.json")
        if not file.is_file():
            return ClientTrustConfig.production(offline=True).trusted_root
        with resources.as_file(file) as shipped_path:
            return TrustedRoot.from_file(str(shipped_path))
    try:
        return TrustedRoot.from_file(str(path))
    except OSError as error:
        message = f"the trust root `{path}` cannot be read: {reason(error)}"
        raise ConfigurationError(message) from error
    except (Error, ValueError) as error:
        message = f"`{path}` is not a trust root of Sigstore"
        hint = "it is a `trusted_root.json`: `cosign trusted-root create` makes one"
        raise ConfigurationError(message, hint=hint) from error
