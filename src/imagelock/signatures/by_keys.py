"""Verify signatures by the keys of the settings."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from imagelock.signatures.keys import read_key, verify_with_keys
from imagelock.signatures.signature import NoVerifierError, missing_library

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from imagelock.model.signer import Signer
    from imagelock.signatures.keys import TrustedKey
    from imagelock.signatures.signature import Signature
    from imagelock.signatures.verifier import SignedImage


class KeyVerifier:
    """Verifies bundles and older signatures that were made with one of the keys."""

    name: Final = "keys"

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._lock = threading.Lock()
        self._keys: tuple[TrustedKey, ...] | None = None

    def handles(self, signature: Signature) -> bool:
        """Return whether *signature* claims to be by a key."""
        return signature.is_signed_by_key

    def verify(self, signature: Signature, image: SignedImage) -> Signer:
        """Return who made *signature*, as `Verifier` describes."""
        return verify_with_keys(signature, image, self._read())

    def _read(self) -> tuple[TrustedKey, ...]:
        with self._lock:
            if self._keys is None:
                try:
                    self._keys = tuple(map(read_key, self._paths))
                except ImportError as error:
                    raise NoVerifierError(*missing_library()) from error
            return self._keys
