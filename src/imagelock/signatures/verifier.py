"""What verifies signatures: the interface."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer
    from imagelock.signatures.signature import Signature


@dataclass(frozen=True, slots=True)
class SignedImage:
    """The image that a signature is found with: its reference, and its digest.

    The digest is that of an index, or of a manifest in it.
    """

    reference: Reference
    digest: Digest


class Verifier(Protocol):
    """Verifies signatures of some forms; safe to share between threads."""

    @property
    def name(self) -> str:
        """The name in the settings."""
        ...

    def handles(self, signature: Signature) -> bool:
        """Return whether it verifies signatures of this form at all."""
        ...

    def verify(self, signature: Signature, image: SignedImage) -> Signer:
        """Return who made *signature*, once it is verified to be one of *image*.

        Raises:
            NoSignatureError: it is an attestation, which signs nothing.
            InvalidSignatureError: it is not valid, or its signer is not trusted.
            NoVerifierError: what verifies it is not installed, or failed.
        """
        ...
